// Package words is the vocabulary of training episodes: real words of applications, made-up words, and values of many
// shapes. One part of the made-up words and of the word combinations is held out of training by their hash.
package words

import (
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strings"
	"time"
)

// Source draws words. It is used by one goroutine; the same seed and split give the same words.
type Source struct {
	*rand.Rand
	Held bool // draw made-up words and combinations that training never sees
	Few  bool // make small applications, which training begins with
}

// New returns the source of a seed.
func New(seed uint64, held bool) *Source {
	return &Source{Rand: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)), Held: held}
}

// Of draws one of several.
func Of[T any](s *Source, list ...T) T { return list[s.IntN(len(list))] }

// Chance is true with probability p.
func (s *Source) Chance(p float64) bool { return s.Float64() < p }

// Some draws n different ones, in random order; n is cut to what there is.
func Some[T any](s *Source, n int, list []T) []T {
	order := s.Perm(len(list))
	out := make([]T, 0, n)
	for _, i := range order[:min(n, len(order))] {
		out = append(out, list[i])
	}
	return out
}

// mine reports whether a made-up word belongs to this source's split: one in ten is held out.
func (s *Source) mine(word string) bool {
	return (crc32.ChecksumIEEE([]byte(strings.ToLower(word)))>>3%10 == 0) == s.Held
}

// Word is a made-up word in lower case.
func (s *Source) Word() string {
	for {
		var b strings.Builder
		if s.Chance(0.2) {
			b.WriteString(Of(s, vowels()...))
		}
		for range Of(s, 1, 2, 2, 2, 3) {
			b.WriteString(Of(s, onsets()...) + Of(s, vowels()...))
			if s.Chance(0.5) {
				b.WriteString(Of(s, codas()...))
			}
		}
		if w := b.String(); len(w) >= 3 && len(w) <= 11 && s.mine(w) {
			return w
		}
	}
}

// Name is a made-up word with a capital.
func (s *Source) Name() string { return Title(s.Word()) }

// Title makes the first letter a capital.
func Title(w string) string {
	if w == "" {
		return w
	}
	return strings.ToUpper(w[:1]) + w[1:]
}

// Label names a thing of an application: mostly two real words, sometimes with a made-up one.
func (s *Source) Label() string {
	for {
		var l string
		switch k := s.Float64(); {
		case k < 0.55:
			l = Of(s, adjectives()...) + " " + Of(s, nouns()...)
		case k < 0.7:
			return Title(Of(s, nouns()...))
		case k < 0.85:
			return s.Name() + " " + Of(s, nouns()...)
		case k < 0.93:
			return s.Name()
		default:
			return Of(s, adjectives()...) + " " + s.Word()
		}
		if s.mine(l) {
			return l
		}
	}
}

// Thing is a word with a capital for things of one sort, as options are.
func (s *Source) Thing() string {
	return Title(strings.ToLower(Of(s, append(nouns(), adjectives()...)...)))
}

// Section names a part of an application.
func (s *Source) Section() string {
	switch k := s.Float64(); {
	case k < 0.6:
		return Of(s, sections()...)
	case k < 0.75:
		return s.Name()
	}
	return s.Label()
}

// Item names a product, document or record.
func (s *Source) Item() string {
	switch k := s.Float64(); {
	case k < 0.35:
		return s.Name() + " " + Of(s, nouns()...)
	case k < 0.5:
		return Of(s, adjectives()...) + " " + Of(s, nouns()...) + " " + s.Number(99)
	case k < 0.7:
		return s.Name() + " " + s.Name()
	case k < 0.8:
		return s.Code()
	case k < 0.9:
		return Of(s, adjectives()...) + " " + s.Word() + " " + Of(s, nouns()...)
	}
	return s.Name() + " " + s.Number(999)
}

// Wish is the label of a switch that is a sentence, and other words for what it switches.
func (s *Source) Wish() (label, hint string) {
	thing := Of(s, nouns()...)
	if !strings.HasSuffix(thing, "ss") {
		thing = strings.TrimSuffix(thing, "s")
	}
	way := Of(s, "mail", "an e-mail", "a message", "an SMS", "a letter", "a notification")
	end := Of(s, "shipped", "closed", "paid", "changed", "ready", "overdue", "accepted", "cancelled", "assigned to me", "finished")
	bare := strings.TrimPrefix(strings.TrimPrefix(way, "an "), "a ") + "s"
	switch s.IntN(5) {
	case 0, 1:
		return fmt.Sprintf("Send me %s when a %s is %s", way, thing, end),
			Of(s, fmt.Sprintf("the %s about %s %ss", bare, end, thing), fmt.Sprintf("%s when a %s is %s", bare, thing, end), fmt.Sprintf("the %s on %ss that are %s", bare, thing, end))
	case 2:
		return fmt.Sprintf("Show the %s on the %s page", thing, end), Of(s, fmt.Sprintf("the %s on the page %q", thing, end), fmt.Sprintf("showing the %s on the %s page", thing, end))
	case 3:
		return fmt.Sprintf("Ask me for a %s before every %s", thing, Of(s, "payment", "delivery", "login", "change")), "the question for a " + thing
	}
	return fmt.Sprintf("Tell my %s about every %s", Of(s, "manager", "team", "family", "bank"), thing), fmt.Sprintf("telling about every %s", thing)
}

// Number is a whole number from 1 to n.
func (s *Source) Number(n int) string { return fmt.Sprint(1 + s.IntN(n)) }

// Code is a number such as an invoice has.
func (s *Source) Code() string {
	return strings.ToUpper(s.Word()[:2]) + Of(s, "-", "-", "", "#") + fmt.Sprint(100+s.IntN(90000))
}

// Person is a full name.
func (s *Source) Person() string {
	first, last := s.Name(), s.Name()
	if s.Chance(0.4) {
		first = Of(s, firsts()...)
	}
	if s.Chance(0.3) {
		last = Of(s, lasts()...)
	}
	return first + " " + last
}

// Initials are the first letters of a person's two names.
func Initials(person string) string {
	first, last, _ := strings.Cut(person, " ")
	return first[:1] + last[:1]
}

// User is a name to sign in with.
func (s *Source) User() string {
	name := s.Word()
	if s.Chance(0.3) {
		name = strings.ToLower(Of(s, firsts()...))
	}
	switch k := s.Float64(); {
	case k < 0.45:
		return name
	case k < 0.6:
		return name + s.Number(999)
	case k < 0.75:
		return name + Of(s, ".", "_", "-") + s.Word()
	}
	return s.Mail()
}

// Mail is an e-mail address.
func (s *Source) Mail() string {
	return s.Word() + Of(s, "", "."+s.Word(), s.Number(99)) + "@" + s.Word() + "." + Of(s, "com", "org", "net", "io", "test", "example", "de")
}

// Password is a password.
func (s *Source) Password() string {
	return Of(s, s.Word()+s.Number(999), s.Name()+Of(s, "-", "_", "!", "#", "+")+s.Number(999), s.Word()+"-"+s.Word(), s.Number(99)+s.Word()+"!", s.Word())
}

// Money is an amount, with or without a currency.
func (s *Source) Money() string {
	n := fmt.Sprintf("%d.%02d", 1+s.IntN(Of(s, 99, 999, 9999)), s.IntN(100))
	return Of(s, n, n, "€"+n, "$"+n, n+" EUR", "£"+n)
}

// Date is a date as people write it.
func (s *Source) Date() string {
	y, m, d := 2019+s.IntN(12), 1+s.IntN(12), 1+s.IntN(28)
	return Of(s, fmt.Sprintf("%d-%02d-%02d", y, m, d), fmt.Sprintf("%d-%02d-%02d", y, m, d), fmt.Sprintf("%02d/%02d/%d", d, m, y), fmt.Sprintf("%d.%d.%d", d, m, y), fmt.Sprintf("%s %d, %d", time.Month(m).String()[:3], d, y))
}

// Sentence is a line of prose that means nothing.
func (s *Source) Sentence() string {
	var w []string
	for range 2 + s.IntN(7) {
		if s.Chance(0.15) {
			w = append(w, s.Word())
		} else {
			w = append(w, Of(s, prose()...))
		}
	}
	return Title(strings.Join(w, " ")) + Of(s, "", ".", ".")
}

// Value is something that may be typed into a field of this label.
func (s *Source) Value(label string) string {
	l := strings.ToLower(label)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(l, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("mail"):
		return s.Mail()
	case has("date", "birthday", "deadline", "from", "until"):
		return s.Date()
	case has("phone", "mobile"):
		return Of(s, "+", "0") + fmt.Sprint(1000000+s.IntN(899999999))
	case has("amount", "price", "budget", "salary", "total"):
		return s.Money()
	case l == "age", has("quantity", "guests", "seats", "number of", "copies"):
		return s.Number(99)
	case has("number", "reference", "code", "serial"):
		return s.Code()
	case has("full name", "recipient", "contact", "passenger", "holder"):
		return s.Person()
	case has("name", "city", "street", "company"):
		return s.Name() + Of(s, "", "", " "+s.Name())
	case has("message", "comment", "note", "description", "reason", "subject", "title", "purpose"):
		return Of(s, s.Sentence(), s.Item(), Title(s.Word())+" "+s.Word())
	}
	return Of(s, s.Name(), s.Word(), s.Item(), s.Number(9999), s.Name()+" "+s.Word(), s.Code())
}
