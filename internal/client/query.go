package client

import (
	"net/url"
	"strconv"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// params collects the parameters of a list; zero values are left out (contract 0.3:
// absent is no filter, a list repeats its key).
type params url.Values

func (p params) str(key, v string) {
	if v != "" {
		url.Values(p).Set(key, v)
	}
}

func (p params) strs(key string, vs []string) {
	for _, v := range vs {
		url.Values(p).Add(key, v)
	}
}

func (p params) ints(key string, vs []int64) {
	for _, v := range vs {
		url.Values(p).Add(key, strconv.FormatInt(v, 10))
	}
}

func (p params) flag(key string, v *bool) {
	if v != nil {
		url.Values(p).Set(key, strconv.FormatBool(*v))
	}
}

func (p params) time(key string, v time.Time) {
	if !v.IsZero() {
		url.Values(p).Set(key, api.NewTime(v).String())
	}
}

// SourceQuery filters by the six roll-up members that files, jobs and recipes share.
// Values of one member are ORed.
type SourceQuery struct {
	SourceStarted, SourceEnded time.Time // at or after, at or before
	SourceSensorClass          []string
	SourceSensor               []string
	SourceCollection           []string
	SourceTask                 []string
}

func (q SourceQuery) add(p params) {
	p.time("source_started", q.SourceStarted)
	p.time("source_ended", q.SourceEnded)
	p.strs("source_sensor_class", q.SourceSensorClass)
	p.strs("source_sensor", q.SourceSensor)
	p.strs("source_collection", q.SourceCollection)
	p.strs("source_task", q.SourceTask)
}
