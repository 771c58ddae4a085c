package books

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxCents       = 1_000_000 // 10,000.00
	receiptFrom    = 25_000    // from this amount on a receipt is needed, in cents
	MaxReceipt     = 5 << 20   // bytes
	maxDescription = 200       // characters
	oldestDays     = 365
)

// Problems of a form. Each text is the key of the sentence that the page shows.
var (
	ErrRequired    = errors.New("problem.required")
	ErrAmount      = errors.New("problem.amount")
	ErrAmountZero  = errors.New("problem.amount_zero")
	ErrAmountLarge = errors.New("problem.amount_large")
	ErrDate        = errors.New("problem.date")
	ErrFuture      = errors.New("problem.future")
	ErrOld         = errors.New("problem.old")
	ErrCategory    = errors.New("problem.category")
	ErrShort       = errors.New("problem.short")
	ErrLong        = errors.New("problem.long")
	ErrReceipt     = errors.New("problem.receipt")
	ErrReceiptType = errors.New("problem.receipt_type")
	ErrReceiptSize = errors.New("problem.receipt_size")
)

// ParseAmount reads euros as people write them and returns cents. A mark with one or two digits behind it is the decimal
// mark; groups of three need the group mark of the language: a comma, or in German a point. Spaces, "€" and "EUR" around
// the figure are allowed.
func ParseAmount(s, lang string) (int64, error) {
	s = strings.TrimSpace(strings.NewReplacer("€", "", "EUR", "", "\u00a0", " ").Replace(s))
	if s == "" {
		return 0, ErrRequired
	}
	whole, frac := s, ""
	if i := strings.LastIndexAny(s, ".,"); i >= 0 && len(s)-i-1 <= 2 {
		whole, frac = s[:i], s[i+1:]
		if frac == "" || strings.Contains(whole, s[i:i+1]) {
			return 0, ErrAmount
		}
	}
	group := ","
	if lang == "de" {
		group = "."
	}
	parts := strings.Split(whole, group)
	for i, p := range parts {
		if p == "" || !digits(p) || (i > 0 && len(p) != 3) || (len(parts) > 1 && i == 0 && len(p) > 3) {
			return 0, ErrAmount
		}
	}
	for len(frac) < 2 {
		frac += "0"
	}
	if !digits(frac) {
		return 0, ErrAmount
	}
	var cents int64
	for _, d := range strings.Join(parts, "") + frac {
		if cents = cents*10 + int64(d-'0'); cents > maxCents {
			return 0, ErrAmountLarge
		}
	}
	if cents == 0 {
		return 0, ErrAmountZero
	}
	return cents, nil
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// ParseDate reads a day as a date field sends it (2006-01-02); it lies within the last year and not after today.
func ParseDate(s, today string) (string, error) {
	if s == "" {
		return "", ErrRequired
	}
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return "", ErrDate
	}
	now, err := time.Parse(time.DateOnly, today)
	if err != nil {
		return "", ErrDate
	}
	switch {
	case day.After(now):
		return "", ErrFuture
	case day.Before(now.AddDate(0, 0, -oldestDays)):
		return "", ErrOld
	}
	return s, nil
}

// ParseText trims a description and bounds its length in characters.
func ParseText(s string, least, most int) (string, error) {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	switch n := utf8.RuneCountInString(s); {
	case n == 0:
		return "", ErrRequired
	case n < least:
		return "", ErrShort
	case n > most:
		return "", ErrLong
	}
	return s, nil
}

// Report is the form as it was typed.
type Report struct {
	Amount, Category, Date, Description string
}

// ParseReport checks a whole form and says what is wrong with which field. The receipt may be nil.
func ParseReport(form Report, lang, today string, file *File, fileErr error) (Expense, map[string]error) {
	var e Expense
	problems := map[string]error{}
	note := func(field string, err error) {
		if err != nil {
			problems[field] = err
		}
	}
	var err error
	e.Cents, err = ParseAmount(form.Amount, lang)
	note("amount", err)
	e.Date, err = ParseDate(form.Date, today)
	note("date", err)
	e.Description, err = ParseText(form.Description, 5, maxDescription)
	note("description", err)
	if e.Category = form.Category; !slices.Contains(Categories(), e.Category) {
		note("category", ErrCategory)
	}
	e.Receipt = file
	note("receipt", fileErr)
	if e.Cents >= receiptFrom && file == nil && fileErr == nil {
		note("receipt", ErrReceipt)
	}
	return e, problems
}
