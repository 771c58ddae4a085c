package policy

import (
	"fmt"
	"slices"

	"chiron/policy/intent"
)

// NewPersonal makes a filter that replaces personal data by ***: of the classes card, iban, email and phone (in its
// international form) those that are named. With none it changes nothing.
func NewPersonal(classes []string) (func([]byte) []byte, error) {
	var of []intent.TextClass
	for _, c := range classes {
		if !slices.Contains(intent.Personal(), intent.TextClass(c)) {
			return nil, fmt.Errorf("%q is not a class of personal data; there are %v", c, intent.Personal())
		}
		of = append(of, intent.TextClass(c))
	}
	return func(data []byte) []byte { return []byte(intent.Hide(string(data), of...)) }, nil
}
