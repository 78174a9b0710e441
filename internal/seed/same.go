package seed

import (
	"cmp"
	"reflect"
	"slices"
)

// Same tells whether two manifests mean the same. The order of what has a name says
// nothing, nor does that of tags and media types.
func Same(a, b *Manifest) bool { return reflect.DeepEqual(a.sorted(), b.sorted()) }

// sorted is a copy of m with everything in one order.
func (m *Manifest) sorted() Manifest {
	out := *m
	j, i := &out.Job, &out.Job.Interface
	j.Tags = slices.Sorted(slices.Values(j.Tags))
	j.Resources.Scalar = sortedBy(j.Resources.Scalar, func(s Scalar) string { return s.Name })
	j.Errors = sortedBy(j.Errors, func(e Error) int { return e.Code }) // of two with a code the later one counts
	i.Inputs.Files = sortedBy(i.Inputs.Files, func(f InputFile) string { return f.Name })
	for n := range i.Inputs.Files {
		i.Inputs.Files[n].MediaTypes = slices.Sorted(slices.Values(i.Inputs.Files[n].MediaTypes))
	}
	i.Inputs.JSON = sortedBy(i.Inputs.JSON, func(p InputJSON) string { return p.Name })
	i.Outputs.Files = sortedBy(i.Outputs.Files, func(f OutputFile) string { return f.Name })
	i.Outputs.JSON = sortedBy(i.Outputs.JSON, func(p OutputJSON) string { return p.Name })
	i.Mounts = sortedBy(i.Mounts, func(p Mount) string { return p.Name })
	i.Settings = sortedBy(i.Settings, func(s Setting) string { return s.Name })
	return out
}

// sortedBy is a sorted copy of list; what has the same key stays in its order. An empty
// list is nil.
func sortedBy[T any, K cmp.Ordered](list []T, key func(T) K) []T {
	if len(list) == 0 {
		return nil
	}
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	return out
}
