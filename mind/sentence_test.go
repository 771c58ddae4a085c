package mind_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"chiron/mind"
	"chiron/step"
)

// meaning writes what was understood, in one fixed form.
func meaning(s mind.Sentence) string {
	var b strings.Builder
	b.WriteString(string(s.Verb))
	add := func(format string, args ...any) { fmt.Fprintf(&b, " "+format, args...) }
	switch {
	case s.Action != nil:
		data, _ := json.Marshal(step.Act{Action: s.Action})
		add("%s", data)
	case s.Kind != "":
		add("%s", s.Kind)
	}
	if s.Button != "" {
		add("%s", s.Button)
	}
	if s.Count > 1 {
		add("×%d", s.Count)
	}
	if s.State != nil {
		add("%v", *s.State)
	}
	if s.Kind == step.KindType || s.Text != "" {
		add("text=%q", s.Text)
	}
	if s.Gone {
		add("gone")
	}
	if s.On.Label != "" || s.On.Role != "" {
		add("on=%v", s.On)
	} else if s.On.Row != "" {
		add("row=%q", s.On.Row)
	}
	if s.On.Nth != 0 {
		add("nth=%d", s.On.Nth)
	}
	if s.Name != "" {
		add("as %s", s.Name)
	}
	return b.String()
}

func TestSentencesAreUnderstood(t *testing.T) {
	for _, c := range [][2]string{
		// the sample site's own sentences
		{`Type "dana" into "Username"`, `act type text="dana" on="Username"`},
		{`Type {{password}} into "Password"`, `act type text="{{password}}" on="Password"`},
		{`Click the button "Sign in"`, `act click on=button "Sign in"`},
		{`Type "42.50" into "Amount"`, `act type text="42.50" on="Amount"`},
		{`Select "Meals" in "Category"`, `act select text="Meals" on="Category"`},
		{`Type "2026-11-20" into "Date"`, `act type text="2026-11-20" on="Date"`},
		{`Type "Lunch in Oslo, split into two" into "Description"`, `act type text="Lunch in Oslo, split into two" on="Description"`},
		{`Click "Continue"`, `act click on="Continue"`},
		{`Click "Submit report".`, `act click on="Submit report"`},
		{`Click "Find"`, `act click on="Find"`},
		{`Read "Amount" in the row of "Night train to Vienna" as amount`, `read on="Amount" in the row of "Night train to Vienna" as amount`},
		{`Click "Download CSV"`, `act click on="Download CSV"`},
		{`Click "Delete"`, `act click on="Delete"`},
		{`Accept the dialog`, `act {"action":"dialog","accept":true}`},

		// typing
		{`type dana into Username`, `act type text="dana" on="Username"`},
		{`Enter "a in b into c" in the field "Title"`, `act type text="a in b into c" on=field "Title"`},
		{`Write New York in City`, `act type text="New York" on="City"`},
		{`Type logged in user into Name`, `act type text="logged in user" on="Name"`},
		{`Fill in "Username" with {{user}}`, `act type text="{{user}}" on="Username"`},
		{`Fill "x" into the "Search" text field`, `act type text="x" on=field "Search"`},
		{`Type “größe: „XL"” into ‘Größe’`, `act type text="größe: „XL\"" on="Größe"`},
		{`Type "say \"hi\"" into 'Don't ask'`, `act type text="say \"hi\"" on="Don't ask"`},
		{`Type "" into "Search"`, `act type text="" on="Search"`},
		{`Type Hello {{first}} {{last}} into Greeting`, `act type text="Hello {{first}} {{last}}" on="Greeting"`},
		{`Put "5" into the second "Quantity" field`, `act type text="5" on=field "Quantity" nth=2`},
		{`Type "7" into "Quantity" in the row of "Bolts"`, `act type text="7" on="Quantity" in the row of "Bolts"`},
		{`Clear "Search"`, `act type text="" on="Search"`},

		// pointing
		{`click Sign in`, `act click on="Sign in"`},
		{`Click on the Sign in button`, `act click on=button "Sign in"`},
		{`Click the first "Delete" link in the row of "Taxi"`, `act click on=link "Delete" in the row of "Taxi" nth=1`},
		{`Click the last link`, `act click on=a link nth=-1`},
		{`Click the 3rd "More" button`, `act click on=button "More" nth=3`},
		{`Click the "Overview" tab`, `act click on=tab "Overview"`},
		{`In the row of "Taxi, night", click "Open"`, `act click on="Open" in the row of "Taxi, night"`},
		{`In the row with Taxi, click Open`, `act click on="Open" in the row of "Taxi"`},
		{`Double-click "Total"`, `act click ×2 on="Total"`},
		{`Right-click on "report.pdf"`, `act click right on="report.pdf"`},
		{`Hover over "Resources"`, `act hover on="Resources"`},
		{`Click the column "Amount"`, `act click on=cell "Amount"`},
		{`1. Please click "Save"!`, `act click on="Save"`},
		{`- then click «Weiter»`, `act click on="Weiter"`},
		{`Choose "Express"`, `act click on="Express"`},
		{`Click {{ticket}}`, `act click on="{{ticket}}"`},

		// open: an address, or a thing
		{`Open http://127.0.0.1:8080/a?b=1`, `act navigate text="http://127.0.0.1:8080/a?b=1"`},
		{`Go to /expenses`, `act navigate text="/expenses"`},
		{`Visit example.com`, `act navigate text="example.com"`},
		{`Go to the page "https://example.com/a"`, `act navigate text="https://example.com/a"`},
		{`Open "Reports"`, `act click on="Reports"`},
		{`Open report.pdf`, `act click on="report.pdf"`},
		{`Open the dialog "New expense"`, `act click on="New expense"`},
		{`Open the "Settings" dialog`, `act click on="Settings"`},
		{`Open the menu`, `act click on=a menu`},
		{`Go to the "Inbox" tab`, `act click on=tab "Inbox"`},
		{`Open {{page}}`, `act navigate text="{{page}}" on="{{page}}"`},

		// checks and expectations
		{`Check "Remember me"`, `act click true on="Remember me"`},
		{`Check the Remember me checkbox`, `act click true on=checkbox "Remember me"`},
		{`Untick "Newsletter"`, `act click false on="Newsletter"`},
		{`Turn on "Dark theme"`, `act click true on="Dark theme"`},
		{`Check that "Saved" is shown`, `expect text="Saved"`},
		{`Check "Saved" is shown`, `expect text="Saved"`},
		{`Check that the message "Saved" appears`, `expect text="Saved"`},
		{`Expect "Done"`, `expect text="Done"`},
		{`Verify that the page shows "Approved"`, `expect text="Approved"`},
		{`Make sure there is a button "Approve"`, `expect text="Approve"`},
		{`Expect Welcome back`, `expect text="Welcome back"`},
		{`Expect no "Error"`, `expect text="Error" gone`},
		{`Check that there is no text "Error" on the page`, `expect text="Error" gone`},
		{`Verify "Draft" is not shown`, `expect text="Draft" gone`},
		{`Expect "Approved" in the row of "Taxi"`, `expect text="Approved" row="Taxi"`},
		{`Expect "Status" to be "Approved"`, `expect text="Approved" on="Status"`},
		{`Check that the field "Amount" shows {{amount}}`, `expect text="{{amount}}" on=field "Amount"`},
		{`Expect "Status" in the row of "Taxi" to be "Paid"`, `expect text="Paid" on="Status" in the row of "Taxi"`},

		// waiting
		{`Wait for "Saved"`, `wait for text="Saved"`},
		{`Wait until the text "Ready" appears`, `wait for text="Ready"`},
		{`Wait until "Loading" disappears`, `wait for text="Loading" gone`},
		{`Wait for "Loading" to go away`, `wait for text="Loading" gone`},
		{`Wait 2 seconds`, `act {"action":"wait","seconds":2}`},
		{`Wait for 1.5 s`, `act {"action":"wait","seconds":1.5}`},

		// keys, and what only sounds like one
		{`Press Enter`, `act {"action":"press","key":"Enter"}`},
		{`Press the "Enter" key`, `act {"action":"press","key":"Enter"}`},
		{`Hit return`, `act {"action":"press","key":"Enter"}`},
		{`Press ctrl + a`, `act {"action":"press","key":"Control+A"}`},
		{`Press Shift+Tab`, `act {"action":"press","key":"Shift+Tab"}`},
		{`Press f5`, `act {"action":"press","key":"F5"}`},
		{`Press the Delete key`, `act {"action":"press","key":"Delete"}`},
		{`Press the page down key`, `act {"action":"press","key":"PageDown"}`},
		{`Press a`, `act {"action":"press","key":"a"}`},
		{`Press "Save"`, `act click on="Save"`},
		{`Press the Save button`, `act click on=button "Save"`},
		{`Press "7"`, `act click on="7"`},
		{`Press the "Enter" button`, `act click on=button "Enter"`},

		// the rest
		{`Upload "receipt.pdf" to "Receipt (optional)"`, `act upload text="receipt.pdf" on="Receipt (optional)"`},
		{`Select {{category}} from the Category dropdown`, `act select text="{{category}}" on=select "Category"`},
		{`Pick Meals for Category`, `act select text="Meals" on="Category"`},
		{`Read Total as total`, `read on="Total" as total`},
		{`Get the value of the field "Amount" as "Amount"`, `read on=field "Amount" as amount`},
		{`Dismiss the dialog`, `act {"action":"dialog","accept":false}`},
		{`Answer the prompt with "Dana"`, `act {"action":"dialog","accept":true,"text":"Dana"}`},
		{`Accept the dialog with {{reason}}`, `act {"action":"dialog","accept":true,"text":"{{reason}}"}`},
		{`Scroll down`, `act {"action":"scroll","direction":"down"}`},
		{`Scroll to the bottom`, `act {"action":"scroll","direction":"down","pages":20}`},
		{`Go back`, `act {"action":"back"}`},
		{`Forward`, `act {"action":"forward"}`},
		{`Reload the page`, `act {"action":"reload"}`},
		{`Switch to tab 2`, `act {"action":"tab","op":"switch","number":2}`},
		{`Close the second tab`, `act {"action":"tab","op":"close","number":2}`},
	} {
		s, err := mind.ParseStep(c[0])
		if err != nil {
			t.Error(err)
			continue
		}
		if got := meaning(s); got != c[1] {
			t.Errorf("%s\n got %s\nwant %s", c[0], got, c[1])
		}
		if s.Source != c[0] {
			t.Errorf("%s: the source became %q", c[0], s.Source)
		}
	}
}

func TestSentencesThatAreNotUnderstoodSayWhy(t *testing.T) {
	const form = `is not understood; sentences look like: Click "Save"`
	for _, c := range [][2]string{
		{``, "says nothing"},
		{`...`, "says nothing"},
		{`Make it so`, form},
		{`Drag "A" to "B"`, form},
		{`Click "Save`, "a quotation mark has no partner"},
		{`Click`, form},
		{`Click ""`, "names nothing"},
		{`Click "Save" and "Close"`, `"Save" and "Close" does not name one thing`},
		{`Type "x" into "Search" and press Enter`, `"Search" and press Enter does not name one thing`},
		{`Click "Delete" next to "Taxi"`, `in the row of`},
		{`Type "a" and "b" into X`, `it does not say one text and one field`},
		{`Type "a"`, `it does not say one text and one field`},
		{`Press "Delete"`, `say Press the Delete key or Click "Delete"`},
		{`Press the Foo key`, `"Foo" is not a key`},
		{`Read "Total"`, `under which name`},
		{`Read "Total" as the sum!`, `"the sum" is not a name`},
		{`Expect it is not broken`, `say Expect no "Error"`},
		{`Expect ""`, `which text`},
		{`Wait 99 seconds`, `seconds: 99 is not between 0 and 30`},
		{`Go back in the row of "X"`, `nothing that could be in the row of "X"`},
		{`Select "" in "Category"`, `does not say what to select`},
	} {
		_, err := mind.ParseStep(c[0])
		if err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%q: got %v, want …%s…", c[0], err, c[1])
		} else if strings.Count(err.Error(), "\n") > 0 || !strings.Contains(err.Error(), fmt.Sprintf("step %q", c[0])) {
			t.Errorf("%q: the message is not one line with the sentence in it: %v", c[0], err)
		}
	}
	if _, err := mind.ParseSteps([]string{"Press Enter", "Sing"}); err == nil || !strings.HasPrefix(err.Error(), "steps[1]: ") {
		t.Errorf("the list does not say which step: %v", err)
	}
}

func FuzzParseStep(f *testing.F) {
	for _, s := range []string{`Click "Save"`, `Type "a\"b" into 'c'`, `Press Control+A`, `Read "x" in the row of "y" as z`, "\ue000", `Open {{a}}`,
		`In the row of x, check "y" is gone`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := mind.ParseStep(text)
		if err != nil {
			return
		}
		if _, err := s.Resolve(step.Screen{}, nil); err == nil && s.Verb == mind.VerbAct && s.Action == nil && s.Kind != step.KindNavigate {
			t.Errorf("%q aims at something on an empty screen", text)
		}
	})
}
