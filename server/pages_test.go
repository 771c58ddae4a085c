package server_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/launcher"

	"chiron/journal"
	"chiron/server/servertest"
	"chiron/step"
)

// chromium is where Debian keeps the program itself; another place may be named by the environment.
func chromium(t testing.TB) string {
	t.Helper()
	path := "/usr/lib/chromium/chromium"
	if own := os.Getenv("CHIRON_CHROMIUM"); own != "" {
		path = own
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("these tests need Chromium at %s (apt-get install chromium), or CHIRON_CHROMIUM set to it", path)
	}
	return path
}

// window opens a page in a fresh Chromium and signs in with the key behind the "#".
func (d *door) window(path string) *rod.Page {
	d.t.Helper()
	l := launcher.New().Bin(chromium(d.t)).Headless(true).NoSandbox(true).Leakless(false)
	url, err := l.Launch()
	if err != nil {
		d.t.Fatal(err)
	}
	browser := rod.New().ControlURL(url)
	if err := browser.Connect(); err != nil {
		l.Kill()
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		if err := browser.Close(); err != nil {
			d.t.Error(err)
		}
		l.Cleanup()
	})
	page := browser.MustPage().Timeout(60 * time.Second)
	page.MustSetViewport(1440, 900, 1, false)
	page.MustEvalOnNewDocument(`window.violations = []; document.addEventListener("securitypolicyviolation", (e) => violations.push(e.violatedDirective + " " + e.blockedURI)); window.faults = []; addEventListener("error", (e) => faults.push(e.message)); addEventListener("unhandledrejection", (e) => faults.push(String(e.reason)));`)
	page.MustNavigate(d.url + path + "#key=" + d.key)
	page.MustElement("form.stack button[type=submit]").MustClick()
	page.MustElement("#theme") // signed in
	return page
}

// clean reports what a page must not have: blocked content, script errors.
func clean(t testing.TB, page *rod.Page) {
	t.Helper()
	if v := page.MustEval(`() => JSON.stringify([violations, faults])`).Str(); v != "[[],[]]" {
		t.Errorf("%s: %s", page.MustInfo().URL, v)
	}
}

const hostile = `"><img src=x onerror="window.pwned=1"><script>window.pwned=1</script><svg onload="window.pwned=1">{{user}}` + "`${pwned=1}`"

// hostileTask plays a task in which everything that can be foreign is hostile.
func (d *door) hostileTask(ctx context.Context) string {
	d.t.Helper()
	box := step.Rect{X: 512, Y: 520, W: 320, H: 48}
	w := servertest.Tell(ctx, d.journal, step.Task{Goal: hostile, Start: "http://127.0.0.1:8080/?" + hostile, Labels: map[string]string{hostile: hostile}})
	w.Add(ctx, step.Leased{Worker: hostile, Attempt: 2})
	item := step.Candidate{Role: step.RoleButton, Name: hostile, Value: hostile, Box: box}
	w.See(ctx, "javascript:window.pwned=1//"+hostile, servertest.Picture(90), item)
	w.Add(ctx, step.Planned{Plan: step.Plan{Subgoals: []string{hostile}}})
	w.Add(ctx, step.Warned{Code: hostile, Text: hostile})
	w.Add(ctx, step.Noted{Text: hostile})
	w.Judge(ctx, step.Type{Target: step.Target{Text: hostile}, Value: hostile}, hostile, box, hostile, step.Permit, step.EffectReversible, hostile, hostile)
	w.Do(ctx, step.NotExecuted, hostile)
	w.See(ctx, "http://127.0.0.1:8080/"+hostile, servertest.Picture(120), item)
	w.Judge(ctx, step.Click{Target: step.Target{Text: hostile}}, hostile, box, hostile, step.AskOne, step.EffectIrreversible, hostile, hostile)
	w.Ask(ctx, "q1", hostile, map[string]string{hostile: hostile})
	if w.Err != nil {
		d.t.Fatal(w.Err)
	}
	return w.Task
}

func TestForeignTextStaysText(t *testing.T) {
	d := openDoor(t, nil)
	ctx := soon(t)
	id := d.hostileTask(ctx)
	page := d.window("/tasks/" + id)
	page.MustElement(".question .choices")
	page.MustElement(".card[data-step='2']")
	text := page.MustElement("body").MustText()
	if page.MustElement("#goal").MustText() != hostile || len(text) < 10*len(hostile) {
		t.Errorf("the text is not shown as it is: %.200q", text)
	}
	page.MustElement("#marks").MustClick()
	d.add(id, 2, step.Answered{Answer: step.Answer{Question: "q1", Choice: step.Instruct, Text: hostile, By: hostile}})
	d.add(id, 2, step.Took{Command: step.Order{Command: step.Message{Text: hostile}}, By: hostile})
	d.add(id, 2, step.Ended{Result: step.Result{Status: step.Failed, Reason: hostile, Values: map[string]step.Value{hostile: {Value: []byte(`"</script><script>window.pwned=1</script>"`)}},
		Checks: []step.Check{{What: hostile, Why: hostile}}, Files: []step.Download{{Name: hostile}}}})
	page.MustElement(".result .checks")
	for _, path := range []string{"", "/tasks/new", "/docs", "/"} {
		if path != "" {
			page.MustNavigate(d.url + path).MustWaitLoad()
			page.MustElement(map[string]string{"/tasks/new": "#new", "/docs": "#docs section", "/": ".row"}[path])
		}
		if page.MustEval(`() => typeof window.pwned !== "undefined" || document.querySelectorAll("img[src=x], script:not([src]), main svg[onload]").length > 0`).Bool() {
			t.Errorf("%s: foreign text became markup", path)
		}
		clean(t, page)
	}
	if got := page.MustElement(".row .goal").MustText(); got != hostile {
		t.Errorf("the list shows %q", got)
	}
}

// TestThePayloadBites is the control: the same text as markup does run where nothing guards, and does not under the
// headers of this server even when a script makes the mistake.
func TestThePayloadBites(t *testing.T) {
	d := openDoor(t, nil)
	page := d.window("/")
	mistake := `(text) => { try { const e = document.createElement("div"); e.innerHTML = text; document.body.append(e); } catch (e) { return "refused" } return "done" }`
	if got := page.MustEval(mistake, hostile).Str(); got != "refused" {
		t.Errorf("the page let markup in: %s", got)
	}
	if page.MustEval(`() => typeof window.pwned`).Str() != "undefined" {
		t.Error("the payload ran under the server's headers")
	}
	page.MustNavigate("about:blank")
	page.MustEval(mistake, hostile)
	page.MustWait(`() => window.pwned === 1`)
}

func TestApproveOnThePage(t *testing.T) {
	d := openDoor(t, nil)
	ctx := soon(t)
	id := d.hostileTask(ctx)
	orders, err := d.journal.Commands(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	page := d.window("/tasks/" + id)
	page.MustElement(".question .approve").MustClick()
	c := <-orders
	if reply, ok := c.Order.Command.(step.Reply); !ok || reply.Answer.Choice != step.Approve || reply.Answer.Question != "q1" || c.By != "admin" {
		t.Errorf("the worker got %+v by %s", c.Order, c.By)
	}
	d.add(id, 2, step.Answered{Answer: step.Answer{Question: "q1", Choice: step.Approve, By: "admin"}})
	page.MustWait(`() => !document.querySelector(".question")`)
	clean(t, page)
}

// color reads a pixel of the big screen; Picture draws its shade into the bar at the top.
const color = `() => { const c = document.getElementById("canvas"); return c.getContext("2d").getImageData(5, 5, 1, 1).data[2] }`

func TestLookingBackAndLive(t *testing.T) {
	d := openDoor(t, nil)
	ctx := soon(t)
	id := d.hostileTask(ctx)
	page := d.window("/tasks/" + id)
	page.MustWait(`() => (` + color + `)() === 120`)
	d.viewers(ctx, d.journal.Viewers(id), 1)
	live := servertest.Picture(200)
	d.journal.PublishFrame(id, step.Frame{Hash: step.PictureHash(live), MIME: "image/png", Size: step.Viewport(), At: time.Now().UTC(), Data: live})
	page.MustWait(`() => (` + color + `)() === 200 && !document.getElementById("live").hidden`)
	page.MustElement("#back").MustClick() // the step before
	page.MustWait(`() => (` + color + `)() === 90 && document.getElementById("live").hidden`)
	page.MustElement("#now").MustClick()
	page.MustWait(`() => (` + color + `)() === 120`)
	clean(t, page)
}

func TestNewTaskOnThePage(t *testing.T) {
	d := openDoor(t, nil)
	page := d.window("/tasks/new")
	page.MustElement("#new button[type=submit]").MustClick()
	page.MustElement("[data-field=start] .fault-line") // told beside its field
	page.MustElement("[data-field=goal] .fault-line")
	page.MustElement("#start").MustInput("http://127.0.0.1:8080/login")
	page.MustElement("#goal").MustInput("sign in as {{user}}")
	page.MustElement("[data-add=inputs]").MustClick()
	page.MustElement("#inputs [data-part=name]").MustInput("user")
	page.MustElement("#inputs [data-part=value]").MustInput("dana")
	page.MustElement("[data-add=done_when]").MustClick()
	page.MustElement("#done_when [data-part=value]").MustInput("Welcome")
	wait := page.MustWaitNavigation()
	page.MustElement("#new button[type=submit]").MustClick()
	wait()
	page.MustElement("#orders button")
	list, _, err := d.journal.List(soon(t), journal.Filter{})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d tasks, %v", len(list), err)
	}
	task := list[0].Task
	if task.Goal != "sign in as {{user}}" || task.Inputs["user"] != "dana" || len(task.DoneWhen) != 1 || task.DoneWhen[0].Text != "Welcome" || task.Owner != "admin" {
		t.Errorf("the form made %+v", task)
	}
	clean(t, page)
}
