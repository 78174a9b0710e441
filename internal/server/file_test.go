package server_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestUpload(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	sum := sha256.Sum256([]byte("a,b\n"))
	header, body := form(t, [][2]string{
		{"workspace", "default"}, {"file_path", "in/sub dir/ä.csv"}, {"media_type", "text/csv"}, {"data_type_tags", "one"},
		{"data_type_tags", "two"}, {"sha256", hex.EncodeToString(sum[:])}, {"source_started", "2020-01-01T00:00:00Z"},
		{"source_ended", "2020-01-01T00:00:00Z"}, {"source_sensor", "S1"},
	}, "a,b\n")
	resp, raw := s.Do(t, "POST", "/v6/files/", header, body)
	var f api.FileDetail
	if err := json.Unmarshal(raw, &f); err != nil || resp.StatusCode != 201 {
		t.Fatalf("got %d %s, %v", resp.StatusCode, raw, err)
	}
	if want := fmt.Sprintf("%s/v6/files/%d/", s.URL, f.ID); resp.Header.Get("Location") != want {
		t.Errorf("got Location %q, want %q", resp.Header.Get("Location"), want)
	}
	if f.FileName != "ä.csv" || f.FilePath != "in/sub dir/ä.csv" || f.FileSize != 4 || f.MediaType != "text/csv" || f.FileType != "SOURCE" ||
		f.SHA256 != hex.EncodeToString(sum[:]) || len(f.DataTypeTags) != 2 || f.SourceSensor == nil || *f.SourceSensor != "S1" ||
		f.SourceStarted == nil || f.SourceStarted.String() != "2020-01-01T00:00:00Z" || f.IsDeleted {
		t.Errorf("got %s", raw)
	}
	onDisk, err := os.ReadFile(filepath.Join(s.DataDir, "workspaces", "default", "in", "sub dir", "ä.csv"))
	if err != nil || string(onDisk) != "a,b\n" {
		t.Errorf("the workspace has %q, %v", onDisk, err)
	}

	resp, raw = s.Do(t, "GET", fmt.Sprintf("/v6/files/%d/content/", f.ID), http.Header{"Range": {"bytes=2-2"}}, nil)
	if resp.StatusCode != 206 || string(raw) != "b" || resp.Header.Get("Content-Type") != "text/csv" {
		t.Errorf("a range: got %d %q %v", resp.StatusCode, raw, resp.Header)
	}
	resp, _ = s.Do(t, "GET", fmt.Sprintf("/v6/files/%d/content/", f.ID), http.Header{"If-None-Match": {`"` + f.SHA256 + `"`}}, nil)
	if resp.StatusCode != 304 {
		t.Errorf("content that is known: got %d, want 304", resp.StatusCode)
	}

	mustSend(t, s, "POST", "/v6/files/purge-source/", fmt.Sprintf(`{"file_id": %d}`, f.ID), 204, nil)
	resp, _ = s.Do(t, "GET", fmt.Sprintf("/v6/files/%d/content/", f.ID), nil, nil)
	if resp.StatusCode != 404 {
		t.Errorf("content of a purged file: got %d, want 404", resp.StatusCode)
	}
	mustSend(t, s, "GET", fmt.Sprintf("/v6/files/%d/", f.ID), "", 200, &f)
	if !f.IsDeleted || f.Deleted == nil {
		t.Errorf("a purged file: got %+v, want it marked deleted", f)
	}
}

func TestBadUploads(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1, MaxUpload: 1000})
	where := func(path string) [][2]string { return [][2]string{{"workspace", "default"}, {"file_path", path}} }
	for name, c := range map[string]struct {
		fields [][2]string
		file   string
		status int
		want   string
	}{
		"no workspace":          {[][2]string{{"file_path", "x"}}, "x", 400, `Missing required parameter: "workspace"`},
		"no path":               {[][2]string{{"workspace", "default"}}, "x", 400, `Missing required parameter: "file_path"`},
		"an unknown workspace":  {[][2]string{{"workspace", "nowhere"}, {"file_path", "x"}}, "x", 404, "Not found."},
		"a path to the parent":  {where("../escape.txt"), "x", 400, "..."},
		"a path through it":     {where("a/../../escape.txt"), "x", 400, "..."},
		"an absolute path":      {where("/etc/passwd"), "x", 400, "..."},
		"a path with backslash": {where(`..\escape.txt`), "x", 400, "..."},
		"an empty path":         {where(""), "x", 400, "..."},
		"a path to a folder":    {where("a/"), "x", 400, "..."},
		"a dot":                 {where("."), "x", 400, "..."},
		"a path with a NUL":     {where("a\x00b"), "x", 400, "The request has text with a NUL character"},
		"a path that is long":   {where(strings.Repeat("a/", 3000) + "b"), "x", 400, "..."},
		"a name that is long":   {where(strings.Repeat("a", 300)), "x", 400, "..."},
		"another SHA-256":       {append(where("x"), [2]string{"sha256", strings.Repeat("0", 64)}), "x", 400, "...SHA-256"},
		"no SHA-256":            {append(where("x"), [2]string{"sha256", "zz"}), "x", 400, "Parameter must be 64 hexadecimal digits"},
		"a bad media type":      {append(where("x"), [2]string{"media_type", "text"}), "x", 400, "...media type"},
		"a bad time":            {append(where("x"), [2]string{"source_started", "then"}), "x", 400, "Invalid ISO timestamp"},
		"too many bytes":        {where("x"), strings.Repeat("x", 1001), 413, "...1000 bytes"},
		"far too many bytes":    {where("x"), strings.Repeat("x", 3<<20), 413, "..."},
		"fields without end":    {append(where("x"), [2]string{"media_type", strings.Repeat("x", 2<<20)}), "x", 413, "..."},
	} {
		header, body := form(t, c.fields, c.file)
		resp, raw := s.Do(t, "POST", "/v6/files/", header, body)
		detail := detailOf(t, raw)
		part, anywhere := strings.CutPrefix(c.want, "...")
		if resp.StatusCode != c.status || detail == "" || anywhere && !strings.Contains(detail, part) || !anywhere && !strings.HasPrefix(detail, part) {
			t.Errorf("%s: got %d %s, want %d %s", name, resp.StatusCode, raw, c.status, c.want)
		}
	}
	for name, c := range map[string]struct {
		contentType, body string
		status            int
	}{
		"JSON":                       {"application/json", `{}`, 415},
		"no content type":            {"", `x`, 415},
		"a form without a boundary":  {"multipart/form-data", `x`, 415},
		"a form without a file":      {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"workspace\"\r\n\r\ndefault\r\n--b--\r\n", 400},
		"a form that is cut off":     {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"workspace\"\r\n\r\ndef", 400},
		"a file that is cut off":     {"multipart/form-data; boundary=b", uploadHead + "half", 400},
		"a field behind the file":    {"multipart/form-data; boundary=b", uploadHead + "x\r\n--b\r\nContent-Disposition: form-data; name=\"sha256\"\r\n\r\n00\r\n--b--\r\n", 400},
		"a form without any content": {"multipart/form-data; boundary=b", "", 400},
	} {
		resp, raw := s.Do(t, "POST", "/v6/files/", http.Header{"Content-Type": {c.contentType}}, strings.NewReader(c.body))
		if resp.StatusCode != c.status || detailOf(t, raw) == "" {
			t.Errorf("%s: got %d %s, want %d", name, resp.StatusCode, raw, c.status)
		}
	}
	if page := getPage[api.File](t, s, "/v6/files/"); page.Count != 0 {
		t.Errorf("a refused upload left %d files", page.Count)
	}
	assertNothingIn(t, s.DataDir)
}

const uploadHead = "--b\r\nContent-Disposition: form-data; name=\"workspace\"\r\n\r\ndefault\r\n" +
	"--b\r\nContent-Disposition: form-data; name=\"file_path\"\r\n\r\nhalf.txt\r\n" +
	"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"half.txt\"\r\n\r\n"

// assertNothingIn fails if a workspace has a file, or something escaped beside them.
func assertNothingIn(t *testing.T, dataDir string) {
	t.Helper()
	err := filepath.WalkDir(dataDir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasPrefix(d.Name(), "galley.db") {
			t.Errorf("there is a file %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// A client that goes away in the middle of a file leaves nothing.
func TestAbortedUploadLeavesNothing(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /v6/files/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n%s",
		s.Token, uploadHead)
	if _, err := conn.Write(bytes.Repeat([]byte("x"), 50_000)); err != nil {
		t.Fatal(err)
	}
	servertest.Eventually(t, 10*time.Second, func() error {
		found, err := filepath.Glob(filepath.Join(s.DataDir, "workspaces", "default", ".galley-contents", "*", "*"))
		if err == nil && len(found) == 0 {
			err = fmt.Errorf("no upload is under way")
		}
		return err
	})
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	servertest.Eventually(t, 10*time.Second, func() error {
		found, err := filepath.Glob(filepath.Join(s.DataDir, "workspaces", "default", "[^.]*"))
		hidden, hiddenErr := filepath.Glob(filepath.Join(s.DataDir, "workspaces", "default", ".galley-contents", "*", "*"))
		if err == nil && hiddenErr == nil && len(found)+len(hidden) > 0 {
			err = fmt.Errorf("the aborted upload left %v %v", found, hidden)
		}
		return err
	})
	if page := getPage[api.File](t, s, "/v6/files/"); page.Count != 0 {
		t.Errorf("the aborted upload left %d files", page.Count)
	}
}

func TestASecondUploadReplacesTheFirst(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	first, second := upload(t, s, "x.txt", "1"), upload(t, s, "x.txt", "22")
	live := getPage[api.File](t, s, "/v6/files/?is_deleted=false&file_path=x.txt&workspace=default")
	if live.Count != 1 || live.Results[0].ID != second.ID || second.ID == first.ID {
		t.Errorf("got %+v, want only file %d", live, second.ID)
	}
	body, err := s.Client.FileContent(t.Context(), second.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if content, err := io.ReadAll(body); err != nil || string(content) != "22" {
		t.Errorf("got %q, %v, want the second bytes", content, err)
	}
}
