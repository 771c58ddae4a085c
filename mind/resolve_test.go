package mind_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"chiron/mind"
	"chiron/step"
)

// item makes a candidate; its box is x, y, w, h.
func item(role step.Role, name, value string, x, y, w, h int) step.Candidate {
	return step.Candidate{Role: role, Name: name, Value: value, Box: step.Rect{X: x, Y: y, W: w, H: h}}
}

// page numbers the items of a screen.
func page(source step.Source, items ...step.Candidate) step.Screen {
	s := step.Screen{URL: "http://127.0.0.1:8080/expenses?page=2", Title: "Expenses", Source: source, Version: step.TextVersion, Items: items}
	for i := range s.Items {
		s.Items[i].Mark, s.Items[i].Source = i+1, source
	}
	return s
}

// form is a page with fields as the layout gives it.
func form() step.Screen {
	agreed := item(step.RoleCheckbox, "I agree", "", 100, 300, 20, 20)
	agreed.States.Checked = true
	return page(step.SourceLayout,
		item(step.RoleHeading, "New expense report", "", 100, 20, 300, 30),
		item(step.RoleText, "Amount", "", 100, 70, 60, 16),
		item(step.RoleInput, "Amount", "12.00", 100, 90, 200, 32),
		item(step.RoleSelect, "Category", "Meals", 100, 140, 200, 32),
		item(step.RoleInput, "Date", "", 100, 190, 200, 32),
		item(step.RoleCheckbox, "Remember me", "", 100, 260, 20, 20),
		agreed,
		item(step.RoleFile, "Receipt (optional)", "", 100, 340, 200, 32),
		item(step.RoleLink, "Cancel", "", 100, 400, 60, 32),
		item(step.RoleButton, "Continue", "", 200, 400, 90, 32),
		item(step.RoleText, "Total: €12.00", "", 100, 450, 120, 16),
	)
}

// table is a list of reports with the search that led to it, as the layout gives it.
func table() step.Screen {
	items := []step.Candidate{
		item(step.RoleInput, "Search", "Night train to Vienna", 40, 60, 300, 32),
		item(step.RoleSelect, "Status", "All", 360, 60, 120, 32),
		item(step.RoleButton, "Find", "", 500, 60, 60, 32),
		item(step.RoleLink, "Amount", "", 700, 120, 60, 16),
	}
	for i, row := range [][3]string{{"Night train to Vienna", "€89.00", "Paid"}, {"Night train", "€61.50", "Open"}, {"Taxi", "€18.20", "Open"}, {"Taxi", "€9.80", "Paid"}} {
		y := 150 + 40*i
		items = append(items, item(step.RoleCell, "Description", row[0], 40, y, 400, 38), item(step.RoleCell, "Amount", row[1], 680, y, 100, 38),
			item(step.RoleCell, "Status", row[2], 800, y, 100, 38), item(step.RoleButton, "Delete", "", 920, y+4, 80, 30))
	}
	return page(step.SourceLayout, items...)
}

// drawn is the same table as pixels give it: words and where they stand.
func drawn() step.Screen {
	items := []step.Candidate{
		item(step.RoleBox, "Search", "", 40, 60, 300, 32),
		item(step.RoleText, "Description", "", 48, 124, 90, 14),
		item(step.RoleText, "Amount", "", 716, 124, 56, 14),
		item(step.RoleText, "Status", "", 808, 124, 44, 14),
	}
	for i, row := range [][3]string{{"Night train to Vienna", "€89.00", "Paid"}, {"Ferry", "€61.50", "Open"}} {
		y := 160 + 40*i
		items = append(items, item(step.RoleText, row[0], "", 48, y, 150, 16), item(step.RoleText, row[1], "", 726, y+1, 46, 13),
			item(step.RoleText, row[2], "", 808, y, 34, 16), item(step.RoleButton, "Delete", "", 930, y-6, 70, 28))
	}
	return page(step.SourcePixels, items...)
}

// facts are pairs of label and value: stacked in two columns, and in a list with the values at the far right.
func facts() step.Screen {
	return page(step.SourceLayout,
		item(step.RoleText, "Employee", "", 40, 100, 70, 16), item(step.RoleText, "Department", "", 400, 100, 80, 16),
		item(step.RoleText, "Dana Voss", "", 40, 120, 90, 18), item(step.RoleText, "Field service", "", 400, 120, 100, 18),
		item(step.RoleText, "Date", "", 40, 160, 40, 16), item(step.RoleText, "Category", "", 400, 160, 70, 16),
		item(step.RoleText, "Nov 20", "", 40, 180, 60, 18), item(step.RoleText, "Meals", "", 400, 180, 50, 18),
		item(step.RoleText, "Net", "", 40, 300, 30, 16), item(step.RoleText, "€100.00", "", 600, 300, 60, 16),
		item(step.RoleText, "Tax", "", 40, 324, 30, 16), item(step.RoleText, "€19.00", "", 606, 324, 54, 16),
		item(step.RoleText, "Total", "", 40, 348, 40, 16), item(step.RoleText, "€119.00", "", 600, 348, 60, 16),
	)
}

func given() step.Values {
	v, _ := step.NewValues(step.Task{Inputs: map[string]string{"amount": "42.50", "what": "Taxi", "go": "/tickets", "tab": "Cancel", "category": "Meals"}, Secrets: []string{"pin"}})
	return v
}

func TestSentencesMeanOneThingOnAScreen(t *testing.T) {
	asked := form()
	asked.Dialog = &step.Dialog{Type: "confirm", Message: "Delete expense EX-1?"}
	for _, c := range []struct {
		name, sentence string
		screen         step.Screen
		want           string // action, or what was read, or what the error says
		is             error
	}{
		{"a field, not its label", `Type {{amount}} into "Amount"`, form(), `{"action":"type","mark":3,"text":"{{amount}}"}`, nil},
		{"clear", `Clear "Amount"`, form(), `{"action":"type","mark":3,"text":""}`, nil},
		{"a secret stays a reference", `Type {{pin}} into "Date"`, form(), `{"action":"type","mark":5,"text":"{{pin}}"}`, nil},
		{"select", `Select "Travel" in "Category"`, form(), `{"action":"select","mark":4,"option":"Travel"}`, nil},
		{"already selected", `Select {{category}} in "Category"`, form(), `null`, nil},
		{"check", `Check "Remember me"`, form(), `{"action":"click","mark":6,"count":1}`, nil},
		{"already checked", `Check "I agree"`, form(), `null`, nil},
		{"uncheck", `Untick "I agree"`, form(), `{"action":"click","mark":7,"count":1}`, nil},
		{"already unchecked", `Untick "Remember me"`, form(), `null`, nil},
		{"upload", `Upload "r.pdf" to "Receipt (optional)"`, form(), `{"action":"upload","mark":8,"file":"r.pdf"}`, nil},
		{"a link said to be a button", `Click the "Cancel" button`, form(), `{"action":"click","mark":9,"count":1}`, nil},
		{"unquoted words with a role", `Click the Continue button`, form(), `{"action":"click","mark":10,"count":1}`, nil},
		{"the only one of a role", `Click the link`, form(), `{"action":"click","mark":9,"count":1}`, nil},
		{"hover", `Hover over "Continue"`, form(), `{"action":"hover","mark":10}`, nil},
		{"a name in a reference", `Open {{tab}}`, form(), `{"action":"click","mark":9}`, nil},
		{"an address in a reference", `Open {{go}}`, form(), `{"action":"navigate","url":"http://127.0.0.1:8080/tickets"}`, nil},
		{"a path", `Go to /tickets?lane=new`, form(), `{"action":"navigate","url":"http://127.0.0.1:8080/tickets?lane=new"}`, nil},
		{"a host", `Visit example.com`, form(), `{"action":"navigate","url":"https://example.com"}`, nil},
		{"another scheme", `Go to "file:///etc/passwd"`, form(), `must begin with http`, nil},
		{"a dialog", `Accept the dialog`, asked, `{"action":"dialog","accept":true}`, nil},
		{"no dialog yet", `Accept the dialog`, form(), `no dialog is open`, mind.ErrAbsent},
		{"a text in a dialog", `Expect "Delete expense EX-1?"`, asked, `null`, nil},

		{"an icon", `Click the trash icon`, form(), `is not on the screen, or {"action":"click","target":"the \"trash\" icon","count":1}`, mind.ErrAbsent},
		{"an icon by its name", `Hover over the "Log out" icon`, form(), `is not on the screen, or {"action":"hover","target":"the \"Log out\" icon"}`, mind.ErrAbsent},
		{"an icon by its place", `Click the icon next to Taxi`, form(), `is not on the screen`, mind.ErrAbsent},
		{"a picture", `Click the profile picture`, form(), `is not on the screen`, mind.ErrAbsent},
		{"nothing is called text", `Click the "Text" icon`, form(), `is not on the screen, or {"action":"click","target":"the \"Text\" icon","count":1}`, mind.ErrAbsent},
		{"an icon in a row", `Click the trash icon in the row of "Taxi"`, form(), `is not on the screen`, mind.ErrAbsent},
		{"the second icon", `Click the second trash icon`, form(), `is not on the screen`, mind.ErrAbsent},
		{"words, not an icon", `Click the trash button`, form(), `is not on the screen`, mind.ErrAbsent},
		{"absent", `Click "Submit report"`, form(), `"Submit report" is not on the screen`, mind.ErrAbsent},
		{"absent field", `Type "x" into "Continue"`, form(), `"Continue" is not on the screen`, mind.ErrAbsent},
		{"unknown reference", `Click {{nobody}}`, form(), `unknown reference {{nobody}}`, step.ErrReference},
		{"secret as a label", `Click {{pin}}`, form(), `may not be released`, nil},
		{"several", `Click "Delete"`, table(), `more than one thing fits (4)`, mind.ErrAmbiguous},
		{"the second", `Click the second "Delete"`, table(), `{"action":"click","mark":12,"count":1}`, nil},
		{"the last", `Click the last "Delete" button`, table(), `{"action":"click","mark":20,"count":1}`, nil},
		{"the ninth", `Click the 9th "Delete"`, table(), `number 9 is not on the screen`, mind.ErrAbsent},
		{"in a row", `Click "Delete" in the row of "Night train to Vienna"`, table(), `{"action":"click","mark":8,"count":1}`, nil},
		{"the exact row", `Click "Delete" in the row of "Night train"`, table(), `{"action":"click","mark":12,"count":1}`, nil},
		{"two such rows", `Click "Delete" in the row of {{what}}`, table(), `more than one thing fits (2)`, mind.ErrAmbiguous},
		{"no such row", `Click "Delete" in the row of "Bus"`, table(), `a row with "Bus" is not on the screen`, mind.ErrAbsent},
		{"in a drawn row", `Click "Delete" in the row of "Ferry"`, drawn(), `{"action":"click","mark":12,"count":1}`, nil},
		{"a drawn field", `Type "x" into "Search"`, drawn(), `{"action":"type","mark":1,"text":"x"}`, nil},

		{"read a field", `Read "Amount" as a`, form(), `=12.00`, nil},
		{"read behind a colon", `Read "Total" as a`, form(), `=€12.00`, nil},
		{"read a cell", `Read "Amount" in the row of "Night train to Vienna" as a`, table(), `=€89.00`, nil},
		{"read a cell that a filter shares its name with", `Read "Status" in the row of "Night train to Vienna" as a`, table(), `=Paid`, nil},
		{"read in two rows", `Read "Amount" in the row of "Taxi" as a`, table(), `more than one thing fits`, mind.ErrAmbiguous},
		{"read under a drawn header", `Read "Amount" in the row of "Night train to Vienna" as a`, drawn(), `=€89.00`, nil},
		{"read under another drawn header", `Read the column "Status" in the row of "Ferry" as a`, drawn(), `=Open`, nil},
		{"read below", `Read "Employee" as a`, facts(), `=Dana Voss`, nil},
		{"read below, second column", `Read "Category" as a`, facts(), `=Meals`, nil},
		{"read right", `Read "Tax" as a`, facts(), `=€19.00`, nil},
		{"read right, first line", `Read "Net" as a`, facts(), `=€100.00`, nil},
		{"read right, last line", `Read "Total" as a`, facts(), `=€119.00`, nil},
		{"read what is not there", `Read "Discount" as a`, facts(), `"Discount" is not on the screen`, mind.ErrAbsent},

		{"expect", `Expect "night TRAIN"`, table(), `null`, nil},
		{"expect in a row", `Expect "Paid" in the row of "Night train to Vienna"`, table(), `null`, nil},
		{"expect in the wrong row", `Expect "Paid" in the row of "Night train"`, table(), `"Paid" is not on the screen`, mind.ErrAbsent},
		{"expect a value", `Expect "Status" in the row of "Night train" to be "open"`, table(), `null`, nil},
		{"another value", `Expect "Amount" to be {{amount}}`, form(), `"Amount" shows "12.00", not "42.50"`, mind.ErrAbsent},
		{"gone", `Wait until "Loading" disappears`, form(), `null`, nil},
		{"not gone", `Wait until "Continue" disappears`, form(), `"Continue" is still on the screen`, mind.ErrAbsent},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := mind.ParseStep(c.sentence)
			if err != nil {
				t.Fatal(err)
			}
			move, err := s.Resolve(c.screen, given())
			got, _ := json.Marshal(step.Act{Action: move.Action})
			want, otherwise, _ := strings.Cut(c.want, ", or ")
			c.want = want
			if err == nil {
				otherwise = string(got)
			} else if otherwise == "" {
				otherwise = "null"
			}
			switch {
			case string(got) != otherwise:
				t.Errorf("%s: %s, want %s", c.sentence, got, otherwise)
			case err != nil && (!strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is)):
				t.Errorf("%s: %v, want …%s… (%v)", c.sentence, err, c.want, c.is)
			case err == nil && c.want[0] == '=' && c.want[1:] != move.Text:
				t.Errorf("%s: read %q, want %q", c.sentence, move.Text, c.want[1:])
			case err == nil && c.want[0] != '=' && string(got) != c.want:
				t.Errorf("%s: %s, want %s", c.sentence, got, c.want)
			}
		})
	}
}

func TestShowsSaysWhere(t *testing.T) {
	if mark, ok := mind.Shows(form(), "12.00"); !ok || mark != 11 {
		t.Errorf("12.00 stands at %d, %v; want the total 11, not what the field 3 holds", mark, ok)
	}
	for _, text := range []string{"Submit", "2.0", "", "  "} {
		if mark, ok := mind.Shows(form(), text); ok {
			t.Errorf("%q is shown at %d", text, mark)
		}
	}
	japanese := step.Screen{Items: []step.Candidate{{Mark: 1, Role: step.RoleText, Name: "申請を送信しました"}, {Mark: 2, Role: step.RoleInput, Value: "typed"}}}
	if mark, ok := mind.Shows(japanese, "送信"); !ok || mark != 1 {
		t.Errorf("words of a script without spaces: %d, %v", mark, ok)
	}
	if _, ok := mind.Shows(japanese, "typed"); ok {
		t.Error("what was typed is taken for what the page says")
	}
}
