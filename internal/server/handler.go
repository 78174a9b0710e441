package server

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// jsonTimeout bounds how long a client may take to send a body that is not an upload.
const jsonTimeout = time.Minute

// A route is a path, as a pattern of http.ServeMux without method and without the
// version's prefix, and what can be done there.
type route struct {
	path    string
	methods map[string]endpoint
}

// An endpoint is one method of a route. Role is the least that its caller must have.
type endpoint struct {
	role   auth.Role
	body   bodyKind
	login  bool // whoever has no credentials yet asks for them: little is read, and not often
	unsafe bool // a GET that changes something: HEAD is not served
	reads  bool // changes nothing, whatever the method
	handle func(ctx context.Context, r *request) (*answer, error)
}

// A request is what handlers see: the HTTP request, its parameters and its sender.
type request struct {
	*http.Request
	params
	w      http.ResponseWriter // for those who read the body or talk to the connection
	sender auth.Identity       // zero for endpoints that are open to anyone
}

// isEditor tells whether the sender may change types and workspaces, and so may know which
// folders of this machine there are for them.
func (r *request) isEditor() bool { return r.sender.Role() >= auth.Editor }

// origin is where the request comes from.
func (r *request) origin() auth.Origin {
	info := infoOf(r.Context())
	return auth.Origin{RequestID: info.id, Address: info.Address}
}

// pathID is the id of the path. Something else names nothing, hence 404.
func (r *request) pathID() (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || strings.HasPrefix(r.PathValue("id"), "+") {
		return 0, errNotFound()
	}
	return id, nil
}

// pathNumber is a number of the path that counts something.
func (r *request) pathNumber(name string) (int, error) {
	n, err := strconv.ParseInt(r.PathValue(name), 10, 32)
	if err != nil || strings.HasPrefix(r.PathValue(name), "+") {
		return 0, errNotFound()
	}
	return int(n), nil
}

// serve is the handler of a route: who is it, may they, what do they say.
func (s *Server) serve(rt route) http.HandlerFunc {
	allow := slices.Sorted(maps.Keys(rt.methods))
	if get, ok := rt.methods[http.MethodGet]; ok && !get.unsafe {
		allow = append(allow, http.MethodHead)
		slices.Sort(allow)
	}
	open := slices.ContainsFunc(slices.Collect(maps.Values(rt.methods)), func(e endpoint) bool { return e.role == auth.Anyone })
	return func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		e, known := rt.methods[method]
		known = known && (method == r.Method || !e.unsafe)
		req := &request{Request: r, w: w}
		if known {
			if err := s.checkOrigin(r, e); err != nil {
				s.refuse(w, r, err)
				return
			}
		}
		if !open {
			var err error
			if req.sender, err = s.auth.Identify(r.Context(), req.origin(), r); err != nil {
				s.refuse(w, r, err)
				return
			}
			infoOf(r.Context()).user = req.sender.User.Username
		}
		if !known {
			p := problemf(http.StatusMethodNotAllowed, "Method %q not allowed.", r.Method)
			p.allow = strings.Join(allow, ", ")
			s.refuse(w, r, p)
			return
		}
		end := s.audited(req, e)
		a, err := s.call(req, e)
		end(a)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		if !e.changes(r.Method) {
			s.claim(req)
		}
		if err := s.respond(w, r, a); err != nil {
			s.log.DebugContext(r.Context(), "writing an answer", "request_id", requestID(r.Context()), "error", err)
		}
	}
}

// call checks the sender's role, reads the parameters and runs the endpoint.
func (s *Server) call(r *request, e endpoint) (*answer, error) {
	if e.role != auth.Anyone && r.sender.Role() < e.role {
		return nil, problemf(http.StatusForbidden, "You do not have permission to perform this action. It needs the role %s; you are %s.",
			e.role, r.sender.Role())
	}
	for _, part := range strings.Split(r.Pattern, "/") {
		if name, isWildcard := strings.CutPrefix(part, "{"); isWildcard && name != "$}" {
			if checkText(r.PathValue(strings.TrimSuffix(strings.TrimSuffix(name, "}"), "..."))) != nil {
				return nil, errNotFound()
			}
		}
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badRequest("The query of the URL could not be read: %s", err)
	}
	if err := checkValues(query); err != nil {
		return nil, err
	}
	r.query, r.now = query, s.cfg.Now()
	asker, err := readAsker(r.Header, r.sender.User.Username, r.isEditor())
	if err != nil {
		return nil, err
	}
	r.Request = r.WithContext(usecase.WithOrigin(r.Context(), asker))
	if e.body == rawBody {
		return e.handle(r.Context(), r)
	}
	done, err := s.bodies.admit(r, e.login)
	if err != nil {
		return nil, err
	}
	defer done()
	_ = http.NewResponseController(r.w).SetReadDeadline(time.Now().Add(jsonTimeout))
	if e.login {
		r.params.body, err = readLogin(r.w, r.Request, e.body)
	} else {
		r.Body = http.MaxBytesReader(r.w, r.Body, maxBody)
		r.params.body, err = readBody(r.Request, e.body)
	}
	if err != nil {
		return nil, err
	}
	_ = http.NewResponseController(r.w).SetReadDeadline(time.Time{})
	return e.handle(r.Context(), r)
}
