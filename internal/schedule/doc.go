// Package schedule tells when an order runs: at once, by a five-field cron text in a
// time zone, or by a repeating interval of ISO 8601 (contract of the order services,
// section 3, "Schedule grammar"). It holds pure values and functions: no clock, no
// database and no memory of runs that have happened, so that the provider (offline, at
// plan time) and the backend tell the same times. It imports no other package of this
// module. Read schedule.go first.
//
// # Daylight saving time
//
// A cron text whose hour is * or */n means time that really passes: it is compared with
// what the clock on the wall shows, minute by minute. "30 * * * *" is one run an hour,
// also in the nights when the clock jumps.
//
// Any other hour means a time of the day, once a day: one that the clock skips is due
// at the first instant after the gap, and one that it shows twice at the first of the two.
// Several that are skipped together are one run.
package schedule
