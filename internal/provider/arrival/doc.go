// Package arrival has the objects that are about files that arrive by themselves: galley_strike and galley_scan as
// resources and list resources, galley_strikes, galley_scans and galley_ingests, and the action galley_scan_process.
// It may import kit, plan, fault, value, client, api and the domain, and no other subject. Read arguments.go first.
package arrival
