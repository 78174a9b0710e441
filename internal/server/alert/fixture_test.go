package alert_test

import (
	"net/mail"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/alert"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/alert/alerttest"
)

// message is one of every member.
func message(e order.Event) alert.Message {
	started := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ended := started.Add(90 * time.Second)
	limit, recipe := int64(60), int64(12)
	return alert.Message{
		Version: alert.Version, ID: "run-1-7", Event: e, Time: ended, Kitchen: "prod", Recipe: "daily", Variation: "full",
		OrderID: "order-1", OrderRunID: "run-1", Status: order.RunFailed, Scheduled: started, Started: &started, Ended: &ended,
		MaxDuration: &limit, RecipeID: &recipe, FailedNodeCount: 3,
		FailedNodes: []alert.FailedNode{
			{Node: "outer/count", JobID: 5, Name: "bad-input", Title: "Bad input", Category: "data", Description: "line 3\nis empty", Log: "reading 3 lines\nline 3 is empty"},
			{Node: "pack", JobID: 6, Name: "unknown", Category: "job"},
		},
	}
}

func mustNew(t *testing.T, cfg alert.Config) *alert.Sender {
	t.Helper()
	if cfg.WebhookKey == "" {
		cfg.WebhookKey = alerttest.Key
	}
	s, err := alert.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// mailing is a sender with a mail server on this machine.
func mailing(t *testing.T, m *alerttest.MailServer, change func(*alert.SMTP)) *alert.Sender {
	t.Helper()
	smtp := &alert.SMTP{Host: "127.0.0.1", Port: m.Port, Security: alert.Plain,
		From: mail.Address{Name: "Küche, Galley", Address: "galley@example.com"}}
	if change != nil {
		change(smtp)
	}
	return mustNew(t, alert.Config{SMTP: smtp, RootCAs: m.CA})
}
