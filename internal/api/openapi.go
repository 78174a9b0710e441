package api

import _ "embed"

//go:embed openapi.yaml
var openAPI string

// OpenAPI is the published description of everything that the backend serves: an
// OpenAPI 3.0 document in YAML. The tests hold the backend against it.
func OpenAPI() string { return openAPI }
