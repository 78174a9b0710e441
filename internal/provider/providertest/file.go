package providertest

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// MustUpload adds a file to the default workspace, and returns its id.
func MustUpload(t *testing.T, s *servertest.Server, path, content string) int64 {
	t.Helper()
	f, err := s.Client.UploadFile(t.Context(), api.FileUpload{Workspace: "default", Path: path, MediaType: "text/plain"},
		strings.NewReader(content))
	if err != nil {
		t.Fatalf("uploading: %v", err)
	}
	return f.ID
}

const (
	FileAddress = "galley_source_file.test"
	HelloSHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" // of "hello"
)

// LiveFiles returns the files of s that are not deleted, oldest first.
func LiveFiles(t *testing.T, s *servertest.Server) []api.File {
	t.Helper()
	all, err := s.Client.Files(t.Context(), client.FileQuery{Order: []string{"id"}})
	if err != nil {
		t.Fatal(err)
	}
	var live []api.File
	for _, f := range all {
		if !f.IsDeleted {
			live = append(live, f)
		}
	}
	return live
}

// ExpectContent checks the bytes that the server gives out for the only live file.
func ExpectContent(t *testing.T, s *servertest.Server, want string) resource.TestCheckFunc {
	t.Helper()
	return func(*terraform.State) error {
		files := LiveFiles(t, s)
		if len(files) != 1 {
			return fmt.Errorf("%d live files, want 1", len(files))
		}
		r, err := s.Client.FileContent(Context(), files[0].ID)
		if err != nil {
			return err
		}
		defer func() { _ = r.Close() }()
		got, err := io.ReadAll(r)
		if err == nil && string(got) != want {
			err = fmt.Errorf("the content is %q, want %q", got, want)
		}
		return err
	}
}
