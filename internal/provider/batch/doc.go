// Package batch has the objects that are about data sets and batches: galley_dataset and galley_batch as resources, and galley_datasets
// and galley_batches. It may import kit, plan, fault, value, client, api and the domain, and no other subject. Read dataset_resource.go
// first.
package batch
