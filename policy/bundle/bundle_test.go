package bundle_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"chiron/configs"
	"chiron/policy/bundle"
	"chiron/step"
)

var update = flag.Bool("update", false, "write the goldens anew")

func TestTheSchemaIsTheOneOfTheGoStruct(t *testing.T) {
	golden := filepath.Join("testdata", "schema.cedarschema")
	if *update {
		if err := os.WriteFile(golden, []byte(bundle.Schema()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if bundle.Schema() != string(want) {
		t.Fatal("the schema changed; look at it with go test ./policy/bundle -update and git diff")
	}
}

func TestTheDefaultBundle(t *testing.T) {
	b, err := bundle.Load(configs.Policy())
	if err != nil {
		t.Fatal(err)
	}
	data, err := fs.ReadFile(configs.Policy(), "tests/default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := bundle.ParseCases(data)
	if err != nil {
		t.Fatal(err)
	}
	untried := map[string]bool{}
	for _, r := range b.Rules() {
		untried[r.ID] = r.Obligations == nil
		if !strings.HasSuffix(r.Reason, ".") {
			t.Errorf("%s: %q is no sentence", r.ID, r.Reason)
		}
	}
	for _, c := range cases {
		if err := b.Run(c); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		delete(untried, c.Want.Rule)
	}
	for id, rule := range untried {
		if rule {
			t.Errorf("no case is decided by rule %s", id)
		}
	}
}

// The control of the cases: with rules that permit everything, what has to be denied or asked is permitted.
func TestWithoutRulesTheCasesBreak(t *testing.T) {
	open, err := bundle.Load(fstest.MapFS{"r.cedar": {Data: []byte(`@id("X1") @reason("All.") permit (principal, action, resource);`)}})
	if err != nil {
		t.Fatal(err)
	}
	data, err := fs.ReadFile(configs.Policy(), "tests/default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := bundle.ParseCases(data)
	if err != nil {
		t.Fatal(err)
	}
	guarded, broken := 0, 0
	for _, c := range cases {
		if c.Want.Decision != step.Permit {
			guarded++
			if c.Want.Rule = ""; open.Run(c) != nil {
				broken++
			}
		}
	}
	if guarded < 30 || broken*10 < guarded*9 {
		t.Errorf("%d of %d guarded cases break without the rules", broken, guarded)
	}
}

// files returns a small good bundle that a test can spoil.
func files() fstest.MapFS {
	return fstest.MapFS{
		"rules.cedar": {Data: []byte(`@id("P1") @reason("Looking is free.") permit (principal, action in Action::"looking", resource);`)},
		"tests/a.yaml": {Data: []byte("- name: waiting\n  task: {goal: g, start: 'https://a.example/'}\n" +
			"  action: {action: wait, seconds: 1}\n  want: {decision: permit, rule: P1}\n")},
	}
}

func TestBadBundlesAreRefusedWithAReason(t *testing.T) {
	if _, err := bundle.Load(files()); err != nil {
		t.Fatal(err)
	}
	head := `@id("X1") @reason("None.") `
	for name, c := range map[string]struct{ file, text, message string }{
		"syntax":             {"x.cedar", `permit (principal`, "x.cedar"},
		"unknown field":      {"x.cedar", head + `forbid (principal, action, resource) when { context.page.hots == "a" };`, "hots"},
		"optional field":     {"x.cedar", head + `forbid (principal, action, resource) when { context.leads.read };`, "leads"},
		"wrong type":         {"x.cedar", head + `forbid (principal, action, resource) when { context.page.port == "80" };`, "compatible"},
		"wrong enumeration":  {"x.cedar", head + `forbid (principal, action, resource) when { context.intent == Class::"public" };`, "compatible"},
		"other enumeration":  {"x.cedar", head + `forbid (principal, action, resource) when { Scheme::"http" != context.page.class };`, "compatible"},
		"unknown action":     {"x.cedar", head + `forbid (principal, action == Action::"clik", resource);`, "clik"},
		"unknown in a list":  {"x.cedar", head + `forbid (principal, action in [Action::"click", Action::"clik"], resource);`, "clik"},
		"unknown in a when":  {"x.cedar", head + `forbid (principal, action, resource) when { action == Action::"clik" };`, "clik"},
		"unknown intent":     {"x.cedar", head + `forbid (principal, action, resource) when { context.intent == Intent::"paymnt" };`, "paymnt"},
		"unknown in a set":   {"x.cedar", head + `forbid (principal, action, resource) when { [Intent::"paymnt"].contains(context.intent) };`, "paymnt"},
		"unknown principal":  {"x.cedar", head + `forbid (principal == Agent::"robot", action, resource);`, "robot"},
		"unknown type":       {"x.cedar", head + `forbid (principal is Robot, action, resource);`, "Robot"},
		"no id":              {"x.cedar", `@reason("None.") permit (principal, action, resource);`, "@id"},
		"no reason":          {"x.cedar", `@id("X1") permit (principal, action, resource);`, "@reason"},
		"id twice":           {"x.cedar", `@id("P1") @reason("None.") permit (principal, action, resource);`, "twice"},
		"unknown annotation": {"x.cedar", head + `@aks("always") forbid (principal, action, resource);`, "@aks"},
		"unknown ask":        {"x.cedar", head + `@ask("sometimes") forbid (principal, action, resource);`, "sometimes"},
		"ask on a permit":    {"x.cedar", head + `@ask("always") permit (principal, action, resource);`, "@ask belongs"},
		"unknown obligation": {"obligations.cedar", head + `@obligation("mask-feilds") permit (principal, action, resource);`, "mask-feilds"},
		"no obligation":      {"obligations.cedar", head + `permit (principal, action, resource);`, "every policy is a permit with @obligation"},
		"forbidding duty":    {"obligations.cedar", head + `@obligation("notify") forbid (principal, action, resource);`, "every policy is a permit"},
		"misplaced duty":     {"x.cedar", head + `@obligation("notify") permit (principal, action, resource);`, "belongs into obligations.cedar"},
		"failing case":       {"x.cedar", head + `forbid (principal, action == Action::"wait", resource);`, `tests/a.yaml: case "waiting": want permit by "P1", got deny by ["X1"]`},
		"bad yaml":           {"tests/x.yaml", "- {", "tests/x.yaml"},
		"unknown case field": {"tests/x.yaml", "- {name: a, action: {action: back}, want: {decision: deny}, wnat: 1}", "wnat"},
		"unknown fact":       {"tests/x.yaml", "- {name: a, action: {action: back}, want: {decision: deny}, facts: {ulr: x}}", "ulr"},
		"unknown act":        {"tests/x.yaml", "- {name: a, action: {action: jump}, want: {decision: deny}}", "jump"},
		"case without want":  {"tests/x.yaml", "- {name: a, action: {action: back}}", "are needed"},
	} {
		fsys := files()
		fsys[c.file] = &fstest.MapFile{Data: []byte(c.text)}
		_, err := bundle.Load(fsys)
		if err == nil || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: want an error with %q, got %v", name, c.message, err)
		}
	}
	if _, err := bundle.Load(fstest.MapFS{}); err == nil {
		t.Error("an empty bundle was loaded")
	}
	big := files()
	big["x.cedar"] = &fstest.MapFile{Data: slices.Repeat([]byte("//\n"), bundle.MaxFile/2)}
	if _, err := bundle.Load(big); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("a huge bundle was loaded: %v", err)
	}
}

func TestTheHashNamesTheRules(t *testing.T) {
	hash := func(change func(fstest.MapFS)) string {
		f := files()
		change(f)
		b, err := bundle.Load(f)
		if err != nil {
			t.Fatal(err)
		}
		return b.Hash()
	}
	plain := hash(func(fstest.MapFS) {})
	if plain != hash(func(fstest.MapFS) {}) {
		t.Error("the hash is not stable")
	}
	if plain == hash(func(f fstest.MapFS) { f["rules.cedar"].Data = append(f["rules.cedar"].Data, '\n') }) {
		t.Error("other rules have the same hash")
	}
}

// A rule that cannot be evaluated denies, even when others permit.
func TestAnErrorWhileEvaluatingDenies(t *testing.T) {
	f := files()
	f["x.cedar"] = &fstest.MapFile{Data: []byte(`@id("F1") @reason("None.") forbid (principal, action, resource) ` +
		`when { context.page.port + 9223372036854775807 == 1 };`)}
	delete(f, "tests/a.yaml")
	b, err := bundle.Load(f)
	if err != nil {
		t.Fatal(err)
	}
	s := bundle.Subject{Task: step.Task{ID: "t", Start: "https://a.example/"}.Normalise(), Principal: bundle.Agent, Action: step.Wait{},
		Facts: step.Facts{URL: "https://a.example/", Origin: "https://a.example"}}
	in, err := bundle.Describe(s)
	if err != nil {
		t.Fatal(err)
	}
	if d := b.Decide(s, in, true); d.Outcome != step.Deny || len(d.Errors) != 1 {
		t.Fatalf("got %+v", d)
	}
}

func TestWhatCannotBeDescribedIsAnError(t *testing.T) {
	good := bundle.Subject{Task: step.Task{ID: "t", Start: "https://a.example/"}.Normalise(), Principal: bundle.Agent, Action: step.Wait{}}
	for name, change := range map[string]func(*bundle.Subject){
		"hosts":     func(s *bundle.Subject) { s.Task.Hosts.Write = []string{"*"} },
		"reference": func(s *bundle.Subject) { s.Action = step.Type{Value: "{{nobody}}"} },
		"in a URL":  func(s *bundle.Subject) { s.Action = step.Navigate{URL: "https://a.example/{{nobody}}"} },
		"in a list": func(s *bundle.Subject) { s.Action = step.Select{Option: "{{nobody}}"} },
		"autonomy":  func(s *bundle.Subject) { s.Task.Autonomy = "reckless" },
		"two readings": func(s *bundle.Subject) {
			s.Action, s.Facts.Leads = step.Navigate{URL: "https://a.example/"}, "https://b.example/"
		},
	} {
		s := good
		change(&s)
		if _, err := bundle.Describe(s); err == nil {
			t.Errorf("%s: described", name)
		}
	}
}

// FuzzLoad: no bundle makes the loader panic, and what it loads can judge.
func FuzzLoad(f *testing.F) {
	f.Add(string(files()["rules.cedar"].Data), string(files()["tests/a.yaml"].Data))
	f.Add(`@id("X") @reason("R.") forbid (principal is Agent, action, resource) when { context has leads && !context.leads.read };`, "[]")
	f.Add(`@id("X") permit (principal, action, resource) when { context.page.host like "*.a" };`, "- shared: {}\n- name: a")
	f.Fuzz(func(t *testing.T, rules, cases string) {
		b, err := bundle.Load(fstest.MapFS{"r.cedar": {Data: []byte(rules)}, "tests/t.yaml": {Data: []byte(cases)}})
		if err != nil {
			return
		}
		for _, r := range b.Rules() {
			if r.ID == "" || r.Reason == "" {
				t.Fatalf("a rule without id or reason was loaded: %+v", r)
			}
		}
		s := bundle.Subject{Task: step.Task{ID: "t", Start: "https://a.example/"}.Normalise(), Principal: bundle.Agent, Action: step.Back{}}
		in, err := bundle.Describe(s)
		if err != nil {
			t.Fatal(err)
		}
		if d := b.Decide(s, in, false); d.Outcome == "" || d.Reason == "" {
			t.Fatalf("no decision: %+v", d)
		}
	})
}
