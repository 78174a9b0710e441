package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestEditsOfOneVersionAtOnce: of all that are meant for it, one is carried out.
func TestEditsOfOneVersionAtOnce(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1}, func(t *testing.T, s *servertest.Server) {
		var ws api.WorkspaceDetail
		mustSend(t, s, "POST", "/v6/workspaces/", `{"title": "W", "configuration": {"broker": {"type": "host", "host_path": "w"}}}`, 201, &ws)
		path := fmt.Sprintf("/v6/workspaces/%d/", ws.ID)
		resp := mustSend(t, s, "GET", path, "", 200, nil)
		const editors = 10
		var statuses sync.Map
		var wg sync.WaitGroup
		for i := range editors {
			wg.Go(func() {
				header := jsonHeader()
				header.Set("If-Match", resp.Header.Get("ETag"))
				resp, _ := s.Do(t, "PATCH", path, header, strings.NewReader(fmt.Sprintf(`{"description": "by %d"}`, i)))
				statuses.Store(i, resp.StatusCode)
			})
		}
		wg.Wait()
		count := map[int]int{}
		statuses.Range(func(_, status any) bool { count[status.(int)]++; return true })
		if count[http.StatusNoContent] != 1 || count[http.StatusPreconditionFailed] != editors-1 {
			t.Errorf("the edits came to %v, want one 204", count)
		}
	})
}

// TestAnOrderAgainstTheDeletionOfItsKitchen: one of both is refused.
func TestAnOrderAgainstTheDeletionOfItsKitchen(t *testing.T) {
	t.Parallel()
	eachKitchens(t, servertest.Options{Workers: -1}, func(t *testing.T, k *kitchens) {
		for i := range 15 {
			name := fmt.Sprintf("Child-%d", i)
			k.must("PUT", "/v2/kitchen/create/Prod/"+name, "{}", nil)
			var ordered, deleted int
			var answers [2]string
			var wg sync.WaitGroup
			wg.Go(func() { ordered, answers[0] = k.call("PUT", "/v2/order/create/"+name+"/hello/now", "{}") })
			wg.Go(func() { deleted, answers[1] = k.call("DELETE", "/v2/kitchen/delete/"+name, "{}") })
			wg.Wait()
			kept := ordered == http.StatusOK && deleted == http.StatusConflict
			gone := ordered == http.StatusExpectationFailed && deleted == http.StatusOK
			if !kept && !gone {
				t.Fatalf("the order came to %d, the deletion to %d: %q", ordered, deleted, answers)
			}
		}
	})
}
