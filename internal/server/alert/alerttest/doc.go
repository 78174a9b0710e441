// Package alerttest gives tests a real mail server and a real receiver of webhooks, both
// on free ports of 127.0.0.1. Only tests import it.
//
// It imports nothing of this module. Read webhook.go and mail.go.
package alerttest
