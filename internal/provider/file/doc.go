// Package file has the objects that are about files: galley_source_file as a resource and list
// resource, and the data sources galley_files and galley_recipe_input_files. It may import kit,
// plan, fault, value, client, api and the domain, and no other subject. Read resource.go first;
// result.go is a file as the data sources show it.
package file
