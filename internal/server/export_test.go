package server

// RouteInfo is a route as tests see it.
type RouteInfo struct {
	Path  string
	Roles map[string]string // method -> least role
}

// RouteTable is every route of the server.
func RouteTable() []RouteInfo {
	var out []RouteInfo
	for _, rt := range (&Server{}).routes() {
		info := RouteInfo{Path: rt.path, Roles: map[string]string{}}
		for method, e := range rt.methods {
			info.Roles[method] = e.role.String()
		}
		out = append(out, info)
	}
	return out
}
