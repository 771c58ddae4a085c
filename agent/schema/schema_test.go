package schema

import (
	"encoding/json"
	"testing"

	"chiron/step"
)

func TestNumbersAreReadNotGuessed(t *testing.T) {
	for _, c := range []struct {
		text, locale string
		want         float64
	}{
		{"€184.60", "en-US", 184.6}, {"184,60 €", "de-DE", 184.6}, {"184,60 €", "en-US", 184.6}, {"1,250.50", "en-US", 1250.5},
		{"1.250,50 €", "en-US", 1250.5}, {"1,250", "en-US", 1250}, {"1.250 €", "de-DE", 1250}, {"1.250", "en-US", 1.25},
		{"-3", "en-US", -3}, {"−3 °C", "en-US", -3}, {"64 reports", "en-US", 64}, {"12 345,67", "fr-FR", 12345.67}, {"5kg", "en-US", 5},
	} {
		if got, err := number(c.text, c.locale); err != nil || got != c.want {
			t.Errorf("%q (%s): %v, %v; want %v", c.text, c.locale, got, err, c.want)
		}
	}
	for _, text := range []string{"", "none", "INV-1042", "Total: 12 (3 items)", "3 x 4.50", "1 reports, €73.25 in total", "v2", "EX1064"} {
		if got, err := number(text, "en-US"); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

func TestResultsConformToTheirSchema(t *testing.T) {
	schema := json.RawMessage(`{"type":"object","properties":{"n":{"type":"number"},"ok":{"type":"boolean"}},"required":["n"]}`)
	values := map[string]step.Value{"n": {Value: json.RawMessage(`"1,250.50"`)}, "ok": {Value: json.RawMessage(`"Yes"`)}}
	if err := Conform(schema, values, "en-US"); err != nil || string(values["n"].Value) != "1250.5" || string(values["ok"].Value) != "true" {
		t.Errorf("%v, %v", values, err)
	}
	if Conform(schema, map[string]step.Value{}, "en-US") == nil {
		t.Error("a missing field was let through")
	}
	if Conform(schema, map[string]step.Value{"n": {Value: json.RawMessage(`{"a":1}`)}}, "en-US") == nil {
		t.Error("an object was taken for a number")
	}
}
