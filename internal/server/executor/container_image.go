package executor

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/moby/moby/api/pkg/authconfig"
	"github.com/moby/moby/api/types/registry"
	"github.com/moby/moby/client"
)

// maxPull bounds the pull of one image, for all jobs that wait for it.
const maxPull = time.Hour

// preparedImage is an image of this machine that a job will run in.
type preparedImage struct {
	Image
	id      string   // sha256:…; nothing but this image has it
	volumes []string // folders that the image declares to be volumes
}

// Prepare implements [Preparer]: it pulls the image, where that is to be done.
func (c *Container) Prepare(ctx context.Context, t *Task) (*JobError, error) {
	if t.Left != nil {
		return nil, nil
	}
	if _, err := reference.ParseNormalizedNamed(t.Image); err != nil {
		return imageError("The image %q of the job type is not the name of one: %s", t.Image, err), nil
	}
	found := false
	var err error
	if c.cfg.Pull != PullAlways {
		if t.image, found, err = c.find(ctx, t.Image); err != nil || found {
			return nil, err
		}
	}
	if c.cfg.Pull == PullNever {
		return imageError("The image %s of the job type is not on this machine, and --pull=never says to pull none", t.Image), nil
	}
	problem, err := c.pull(ctx, t.Image)
	if problem != nil || err != nil {
		return problem, err
	}
	if t.image, found, err = c.find(ctx, t.Image); err == nil && !found {
		err = fmt.Errorf("looking for image %s: it was pulled, but is not there", t.Image)
	}
	return nil, err
}

// find looks for an image on this machine. Podman calls what it has built localhost/NAME.
func (c *Container) find(ctx context.Context, name string) (preparedImage, bool, error) {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return preparedImage{}, false, nil //nolint:nilerr // nothing is called so
	}
	names := []string{name}
	if c.engine.isPodman && reference.Domain(named) == "docker.io" && reference.FamiliarString(named) == name {
		names = append(names, "localhost/"+name)
	}
	for _, n := range names {
		found, err := c.engine.ImageInspect(ctx, n)
		if errdefs.IsNotFound(err) {
			continue
		}
		if err != nil {
			return preparedImage{}, false, fmt.Errorf("looking for image %s: %w", name, err)
		}
		image := preparedImage{id: "sha256:" + strings.TrimPrefix(found.ID, "sha256:"), Image: Image{Name: name}}
		image.Digest = image.id
		if found.Config != nil {
			image.volumes = slices.Sorted(maps.Keys(found.Config.Volumes))
		}
		of := reference.TrimNamed(named).Name() + "@"
		if digested, ok := named.(reference.Digested); ok { // the engine may know it by others, too
			of += digested.Digest().String()
		}
		if i := slices.IndexFunc(found.RepoDigests, func(d string) bool { return strings.HasPrefix(canonical(d), of) }); i >= 0 {
			image.Digest = canonical(found.RepoDigests[i])
		}
		return image, true, nil
	}
	return preparedImage{}, false, nil
}

// canonical is REPOSITORY@DIGEST with the registry that a short name means.
func canonical(digested string) string {
	if named, err := reference.ParseNormalizedNamed(digested); err == nil {
		return named.String()
	}
	return digested
}

// pull asks the registry for an image. Jobs that want the same one at a time wait for one pull.
func (c *Container) pull(ctx context.Context, name string) (*JobError, error) {
	pulled := c.pulls.DoChan(name, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxPull)
		defer cancel()
		credentials, err := c.credentials(name)
		if err != nil {
			return nil, err
		}
		stream, err := c.engine.ImagePull(ctx, name, client.ImagePullOptions{RegistryAuth: credentials})
		if err != nil {
			return nil, err
		}
		defer stream.Close()
		return nil, stream.Wait(ctx)
	})
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("pulling image %s: %w", name, context.Cause(ctx))
	case r := <-pulled:
		switch {
		case r.Err == nil:
			return nil, nil
		case isRefusal(r.Err):
			return imageError("The image %s of the job type cannot be pulled: %s", name, strings.TrimSpace(r.Err.Error())), nil
		}
		return nil, fmt.Errorf("pulling image %s: %w", name, r.Err)
	}
}

// isRefusal tells whether a registry has said no, for which engines have many words. Anything
// else may go well the next time.
func isRefusal(err error) bool {
	if errdefs.IsNotFound(err) || errdefs.IsUnauthorized(err) || errdefs.IsPermissionDenied(err) || errdefs.IsInvalidArgument(err) {
		return true
	}
	text := strings.ToLower(err.Error())
	return slices.ContainsFunc([]string{
		"manifest unknown", "name unknown", "not found", "unauthorized", "access to the resource is denied", "denied:", "authentication required",
		"no image found in manifest list", "no matching manifest",
	}, func(word string) bool { return strings.Contains(text, word) })
}

// credentials are those for the registry of an image, as the engine takes them; "" for none.
// The file is read again each time, so that it can be changed.
func (c *Container) credentials(name string) (string, error) {
	if c.cfg.Credentials == "" {
		return "", nil
	}
	raw, err := os.ReadFile(c.cfg.Credentials)
	if err != nil {
		return "", fmt.Errorf("reading the credentials of registries: %w", err)
	}
	var file struct {
		Auths map[string]registry.AuthConfig `json:"auths"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return "", fmt.Errorf("reading the credentials of registries: %s is no JSON as `docker login` writes it", c.cfg.Credentials)
	}
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return "", err
	}
	host := reference.Domain(named)
	keys := []string{host, "https://" + host, "http://" + host}
	if host == "docker.io" {
		keys = append(keys, "https://index.docker.io/v1/")
	}
	for _, key := range keys {
		if auth, ok := file.Auths[key]; ok {
			return encodeCredentials(host, auth)
		}
	}
	return "", nil
}

func encodeCredentials(host string, auth registry.AuthConfig) (string, error) {
	if auth.Auth != "" {
		decoded, err := base64.StdEncoding.DecodeString(auth.Auth)
		if err != nil {
			return "", fmt.Errorf("reading the credentials of registry %s: auth is not USER:PASSWORD in base64", host)
		}
		auth.Username, auth.Password, _ = strings.Cut(string(decoded), ":")
		auth.Auth = ""
	}
	auth.ServerAddress = host
	return authconfig.Encode(auth)
}
