package intent_test

import (
	"testing"

	"chiron/policy/intent"
)

func TestPersonalDataIsHidden(t *testing.T) {
	for text, want := range map[string]string{
		"call +49 170 5550137 today":                 "call *** today",
		"call 0049-30-901820, please":                "call ***, please",
		"+1 (212) 555-0187":                          "***",
		"write to dana@example.org.":                 "write to ***.",
		"card 4111 1111 1111 1111, thanks":           "card ***, thanks",
		"refund to DE89 3704 0044 0532 0130 00":      "refund to ***",
		"order 1234567890123 of 2026-11-25, 12.50 €": "order 1234567890123 of 2026-11-25, 12.50 €",
		"1 + 2 = 3, room +2":                         "1 + 2 = 3, room +2",
	} {
		if got := intent.Hide(text, intent.Personal()...); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
	if got := intent.Hide("dana@example.org +49 170 5550137", intent.Email); got != "*** +49 170 5550137" {
		t.Errorf("other classes are hidden, too: %q", got)
	}
}
