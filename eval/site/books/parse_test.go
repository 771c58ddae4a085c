package books_test

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"chiron/eval/site/books"
)

func TestParseAmount(t *testing.T) {
	cases := []struct {
		in, lang string
		cents    int64
		err      error
	}{
		{"42.50", "en", 4250, nil}, {"42,5", "en", 4250, nil}, {" € 7 ", "ja", 700, nil}, {"1,234.50", "en", 123450, nil},
		{"1.234,50", "de", 123450, nil}, {"1.234", "de", 123400, nil}, {"1.234", "en", 0, books.ErrAmount},
		{"1,23,456", "en", 0, books.ErrAmount}, {"12.345.67", "en", 0, books.ErrAmount}, {"-5", "en", 0, books.ErrAmount},
		{"1e3", "en", 0, books.ErrAmount}, {"5.", "en", 0, books.ErrAmount}, {".50", "en", 0, books.ErrAmount},
		{"", "en", 0, books.ErrRequired}, {"0.00", "en", 0, books.ErrAmountZero}, {"10000.01", "en", 0, books.ErrAmountLarge},
		{"99999999999999999999999", "en", 0, books.ErrAmountLarge}, {"10,000", "en", 1000000, nil},
	}
	for _, c := range cases {
		if got, err := books.ParseAmount(c.in, c.lang); got != c.cents || !errors.Is(err, c.err) {
			t.Errorf("%q (%s): %d, %v; want %d, %v", c.in, c.lang, got, err, c.cents, c.err)
		}
	}
}

func TestParseDate(t *testing.T) {
	for in, want := range map[string]error{"2026-11-23": nil, "2025-11-23": nil, "2025-11-22": books.ErrOld, "2026-11-24": books.ErrFuture,
		"": books.ErrRequired, "23.11.2026": books.ErrDate, "2026-02-30": books.ErrDate} {
		if _, err := books.ParseDate(in, "2026-11-23"); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", in, err, want)
		}
	}
}

func FuzzParseReport(f *testing.F) {
	f.Add("42.50", "meals", "2026-11-20", "Lunch with the auditors", "en")
	f.Add("1.234,50 €", "travel", "2026-02-30", "\xff\xfe", "de")
	f.Add("999,999,999", "", "0001-01-01", "   ", "ja")
	f.Fuzz(func(t *testing.T, amount, category, date, description, lang string) {
		e, problems := books.ParseReport(books.Report{Amount: amount, Category: category, Date: date, Description: description}, lang,
			"2026-11-23", nil, nil)
		if len(problems) > 0 {
			return
		}
		if e.Cents <= 0 || e.Cents >= 25000 {
			t.Errorf("%q is %d cents", amount, e.Cents)
		}
		if _, err := time.Parse(time.DateOnly, e.Date); err != nil || e.Description == "" || e.Category == "" {
			t.Errorf("accepted %+v", e)
		}
		again, err := books.ParseAmount(strconv.FormatInt(e.Cents/100, 10)+"."+strconv.FormatInt(e.Cents%100+100, 10)[1:], lang)
		if err != nil || again != e.Cents {
			t.Errorf("%d cents read back as %d: %v", e.Cents, again, err)
		}
	})
}
