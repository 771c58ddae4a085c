package bundle_test

import (
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cedar-policy/cedar-go"

	"chiron/configs"
	"chiron/policy/bundle"
	"chiron/step"
)

// reference judges slowly: every policy is asked alone, in a set of its own, and the answers are put together here.
type reference struct {
	id, ask string
	forbids bool
	alone   *cedar.PolicySet
}

func references(t testing.TB) []reference {
	t.Helper()
	var out []reference
	files, err := fs.Glob(configs.Policy(), "*.cedar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if name == "obligations.cedar" {
			continue
		}
		data, err := fs.ReadFile(configs.Policy(), name)
		if err != nil {
			t.Fatal(err)
		}
		list, err := cedar.NewPolicyListFromBytes(name, data)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list {
			r := reference{id: string(p.Annotations()["id"]), ask: string(p.Annotations()["ask"]), forbids: p.Effect() == cedar.Forbid,
				alone: cedar.NewPolicySet()}
			r.alone.Add("only", p)
			out = append(out, r)
		}
	}
	return out
}

// judge puts the answers together: a forbid that does not ask denies, no permit denies, a forbid that asks asks unless a
// person has approved or the task asks nobody, and what is left is permitted.
func judge(all []reference, s bundle.Subject, in bundle.Input, approved bool) step.Decision {
	req := cedar.Request{Principal: cedar.NewEntityUID("Person", cedar.String(s.Principal)), Action: cedar.NewEntityUID("Action", cedar.String(s.Action.Kind())),
		Resource: cedar.NewEntityUID("Task", cedar.String(s.Task.ID)), Context: bundle.Context(in)}
	if s.Principal == bundle.Agent {
		req.Principal.Type = "Agent"
	}
	permitted, asked := false, false
	for _, r := range all {
		_, diag := cedar.Authorize(r.alone, bundle.Groups(), req)
		switch hit := len(diag.Reasons) > 0; {
		case len(diag.Errors) > 0:
			return step.Deny
		case hit && r.forbids && r.ask == "":
			return step.Deny
		case hit && r.forbids:
			asked = asked || r.ask == "always" || s.Task.Autonomy != step.AutonomyAuto
		case hit:
			permitted = true
		}
	}
	switch {
	case !permitted:
		return step.Deny
	case asked && !approved:
		return step.AskOne
	}
	return step.Permit
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// anySubject makes a well-formed subject by chance.
func anySubject(r *rand.Rand) bundle.Subject {
	at := func() string {
		return pick(r, "https://shop.example", "https://desk.example", "https://docs.example", "https://evil.example", "http://127.0.0.1:8080",
			"http://shop.example", "http://169.254.169.254", "https://shop.example:8443", "null")
	}
	yes := func(percent int) bool { return r.IntN(100) < percent }
	t := step.Task{ID: "t", Goal: `find "green tea" for alice@shop.example`, Start: "https://shop.example/", Secrets: []string{"pw"},
		Autonomy: pick(r, step.AutonomyStep, step.AutonomySupervised, step.AutonomyAuto),
		Hosts:    step.Hosts{Write: []string{"shop.example", "desk.example"}, Read: []string{"docs.example"}}, Files: []step.File{{Name: "a.pdf"}}}
	if yes(20) {
		t.Hosts.Write = append(t.Hosts.Write, "127.0.0.1:8080")
	}
	t.Limits.Steps = pick(r, 0, 5, 50)
	t = t.Normalise()
	values, _ := step.NewValues(t)
	page := at()
	f := step.Facts{URL: page + "/", Origin: page, CertError: pick(r, "", "", "", "", "expired"), Submits: yes(30)}
	frame := page
	if yes(20) {
		frame = at()
	}
	if yes(80) {
		f.Element = &step.Element{Tag: "x", Role: pick(r, step.Roles()...), FrameOrigin: frame, CrossOrigin: frame != page, Editable: yes(40),
			Name: pick(r, "Next", "Delete account", "Pay now", "Send", "Search", "Sign in", "Allow", "Publish", "Save", ""),
			Type: pick(r, "", "text", "password", "search", "submit"), Disabled: yes(5), Download: yes(5)}
		if yes(30) {
			f.Element.Href = at() + pick(r, "/a", "/x.exe", "/delete")
			f.Leads = f.Element.Href
		}
	}
	if yes(40) {
		f.Form = &step.Form{Action: pick(r, frame, at(), "javascript:void 0") + "/in", Method: pick(r, "GET", "POST", "DIALOG"), Password: yes(30), Card: yes(20),
			Fields: []string{"q"}}
	}
	if yes(10) {
		f.Dialog = &step.Dialog{Type: pick(r, "alert", "confirm", "prompt", "beforeunload"), Message: pick(r, "Delete it?", "Sure?", "")}
	}
	target := step.Target{Point: &step.Point{X: 1, Y: 1}}
	act := pick[step.Action](r, step.Click{Target: target}, step.Hover{Target: target}, step.Type{Target: target, Value: pick(r, "green tea", "{{pw}}", "own words",
		"4111 1111 1111 1111", "ghp_0123456789abcdefghijABCDEFGHIJ")}, step.Press{Key: pick(r, "Enter", "Tab", "F12", "Control+t", "Control+a")},
		step.Scroll{}, step.Select{Target: target, Option: "A"}, step.Upload{Target: target, File: pick(r, "a.pdf", "b.pdf")}, step.Navigate{URL: at() + "/"},
		step.Back{}, step.TabAct{Op: "open", URL: at() + "/"}, step.DialogAct{Accept: yes(50)}, step.Wait{Seconds: 1}, step.Note{Text: "x"}, step.Done{},
		step.Call{Tool: "x"}, step.Drag{Target: target, To: target})
	past := bundle.Past{Taint: bundle.Taint{Untrusted: yes(30), Private: yes(40), Secret: yes(20), File: yes(20)}}
	if yes(50) {
		past.Approved, past.Opened = []string{"https://desk.example"}, []string{"https://docs.example"}
	}
	return bundle.Subject{Task: t, Principal: pick(r, bundle.Agent, bundle.Agent, "bob"), Action: act, Facts: f, Values: values, Past: past,
		Usage: step.Usage{Steps: r.IntN(12)}, Secrets: func(name string) ([]string, string, bool) {
			return []string{"https://shop.example"}, "", name == "pw"
		}}
}

func TestTheRulesAgreeWithASlowReference(t *testing.T) {
	b, err := bundle.Load(configs.Policy())
	if err != nil {
		t.Fatal(err)
	}
	all := references(t)
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	outcomes, rules, differ := map[step.Decision]int{}, map[string]bool{}, 0
	const n = 10_000
	for judged := 0; judged < n; {
		s := anySubject(r)
		in, err := bundle.Describe(s)
		if err != nil {
			differ++ // Chromium's and our reading of an address differ: such a subject is no request
			continue
		}
		judged++
		if shown := b.Recorded(in); !shown.Equal(bundle.Context(in)) {
			t.Fatalf("seed %d: Cedar is shown %v, want %v", seed, shown, bundle.Context(in))
		}
		approved := r.IntN(4) == 0
		got := b.Decide(s, in, approved)
		if want := judge(all, s, in, approved); got.Outcome != want {
			t.Fatalf("seed %d: want %s, got %+v for %T at %+v", seed, want, got, s.Action, s.Facts)
		}
		if len(got.Errors) > 0 {
			t.Fatalf("seed %d: %v", seed, got.Errors)
		}
		outcomes[got.Outcome]++
		for _, id := range got.Rules {
			rules[id] = true
		}
	}
	if differ > n/2 || outcomes[step.Permit] < n/50 || outcomes[step.AskOne] < n/50 || outcomes[step.Deny] < n/50 {
		t.Errorf("the requests are too much alike: %v, %d that are none", outcomes, differ)
	}
	untouched := slices.DeleteFunc(b.Rules(), func(r bundle.Rule) bool { return rules[r.ID] || r.Obligations != nil })
	var ids []string
	for _, r := range untouched {
		ids = append(ids, r.ID)
	}
	t.Logf("%v; %d rules decided; never: %s", outcomes, len(rules), strings.Join(ids, " "))
}
