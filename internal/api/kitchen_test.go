package api

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKitchenKeepsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	const record = `{"_hid":"h","_finished":true,"creator_user":"ann","created_time":7,"description":"d","kitchen-roles":{"ann":"Admin"},
		"kitchen-staff":["ann"],"mesos-constraint":{"a":[1]},"name":"k","parent-kitchen":"p","recipeoverrides":{"x":1},"recipes":["r"],
		"settings":{"agile-tools":{"a":"b"},"alerts":{"orderrunStart":null,"orderrunWarning":["a@b.c"],"orderrunOverDuration":null,
		"orderrunSuccess":null,"orderrunError":null}}}`
	var k Kitchen
	if err := json.Unmarshal([]byte(record), &k); err != nil {
		t.Fatal(err)
	}
	if k.Name != "k" || len(k.Extra) != 2 || len(k.Settings.Extra) != 1 {
		t.Errorf("got %+v, want the name and what is not known", k)
	}
	raw, err := json.Marshal(KitchenDetail{Kitchen: k})
	if err != nil {
		t.Fatal(err)
	}
	var got, want map[string]any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(`{"kitchen":`+record+`}`), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the record came back otherwise (-want +got):\n%s", diff)
	}
}

func TestKnownMembersWinOverExtra(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(Kitchen{Name: "k", Extra: map[string]json.RawMessage{"name": json.RawMessage(`"other"`)}})
	if err != nil {
		t.Fatal(err)
	}
	var k Kitchen
	if err := json.Unmarshal(raw, &k); err != nil || k.Name != "k" || k.Extra != nil {
		t.Errorf("got %+v, %v; want the name k", k, err)
	}
	if err := json.Unmarshal([]byte(`{"settings":7}`), &k); err == nil {
		t.Error("settings that are a number were read")
	}
}
