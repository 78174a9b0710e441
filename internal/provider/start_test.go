package provider

import "testing"

func TestMain(m *testing.M) { runTests(m, New("test")) }
