package server_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"chiron/client"
	"chiron/server"
	"chiron/step"
)

func TestTaskThroughTheDoor(t *testing.T) {
	d := openDoor(t, nil)
	ctx := soon(t)
	s, created, err := d.client.Create(ctx, step.Task{Goal: "find the price", Start: "http://127.0.0.1:8080/", Labels: map[string]string{"team": "a"}}, "k1")
	if err != nil || !created {
		t.Fatalf("create: %v, %v", created, err)
	}
	if s.Task.Owner != "admin" || s.Task.ID == "" || s.Task.Created.IsZero() || s.Task.Autonomy != step.AutonomySupervised {
		t.Errorf("the server did not fill the task in: %+v", s.Task)
	}
	again, created, err := d.client.Create(ctx, step.Task{Goal: "find the price", Start: "http://127.0.0.1:8080/", Labels: map[string]string{"team": "a"}}, "k1")
	if err != nil || created || again.Task.ID != s.Task.ID {
		t.Errorf("the same key made %s (created %v, %v), not %s", again.Task.ID, created, err, s.Task.ID)
	}
	if _, _, err := d.client.Create(ctx, goal("another"), "k1"); client.StatusOf(err) != http.StatusConflict {
		t.Errorf("the same key with another task: %v", err)
	}
	other := d.create(goal("another"))
	d.add(other.Task.ID, 1, ended(step.Stuck))
	page, err := d.client.List(ctx, client.Filter{Limit: 1})
	if err != nil || len(page.Tasks) != 1 || page.Tasks[0].Task.ID != other.Task.ID || page.Next == "" {
		t.Fatalf("first page: %+v, %v", page, err)
	}
	page, err = d.client.List(ctx, client.Filter{Limit: 1, Cursor: page.Next})
	if err != nil || len(page.Tasks) != 1 || page.Tasks[0].Task.ID != s.Task.ID || page.Next != "" {
		t.Errorf("second page: %+v, %v", page, err)
	}
	page, err = d.client.List(ctx, client.Filter{Status: []step.Status{step.Stuck, step.Failed}})
	if err != nil || len(page.Tasks) != 1 || page.Tasks[0].Task.ID != other.Task.ID {
		t.Errorf("by status: %+v, %v", page, err)
	}
	page, err = d.client.List(ctx, client.Filter{Label: map[string]string{"team": "a"}})
	if err != nil || len(page.Tasks) != 1 || page.Tasks[0].Task.ID != s.Task.ID {
		t.Errorf("by label: %+v, %v", page, err)
	}
	if _, err := d.client.Get(ctx, "nobody"); client.StatusOf(err) != http.StatusNotFound {
		t.Errorf("unknown task: %v", err)
	}
}

func TestOrders(t *testing.T) {
	d := openDoor(t, nil)
	ctx := soon(t)
	id := d.create(goal("wait")).Task.ID
	orders, err := d.journal.Commands(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	took := func() step.Command {
		select {
		case c := <-orders:
			c.Ack()
			if c.By != "admin" {
				t.Errorf("%s by %q", c.Order.CommandKind(), c.By)
			}
			return c.Order.Command
		case <-ctx.Done():
			t.Fatal("no order came")
			return nil
		}
	}
	send := func(err error, want step.Command) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if got := took(); got != want {
			t.Errorf("order %+v, want %+v", got, want)
		}
	}
	send(d.client.Pause(ctx, id), step.Pause{})
	send(d.client.Resume(ctx, id), step.Resume{})
	send(d.client.Message(ctx, id, "look left"), step.Message{Text: "look left"})
	send(d.client.Cancel(ctx, id, "enough"), step.Cancel{Reason: "enough"})
	if err := d.client.Message(ctx, id, "  "); client.StatusOf(err) != http.StatusUnprocessableEntity {
		t.Errorf("an empty message: %v", err)
	}
	d.add(id, 1, ended(step.Cancelled))
	if err := d.client.Pause(ctx, id); client.StatusOf(err) != http.StatusConflict {
		t.Errorf("pause after the end: %v", err)
	}
}

// TestControl plays the worker's part with the worker's own wheels.
func TestControl(t *testing.T) {
	d := openDoor(t, nil)
	ctx := soon(t)
	id := d.create(goal("drive")).Task.ID
	orders, err := d.journal.Commands(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	lease, err := d.client.Take(ctx, id)
	if err != nil || lease == "" {
		t.Fatalf("take: %q, %v", lease, err)
	}
	c := <-orders
	if drive, ok := c.Order.Command.(step.Drive); !ok || !drive.Take || drive.Lease != lease || c.By != "admin" {
		t.Fatalf("order %+v by %s", c.Order, c.By)
	}
	c.Ack()
	held := d.wheels.Take(id, lease, c.By)
	go func() {
		for range 1 {
			act := <-held.Acts
			act.Answer(step.Driven{Verdict: step.Verdict{ID: "v1", Decision: step.Permit, Principal: act.Act.By, Action: act.Act.Action}, Outcome: &step.Outcome{Status: step.Executed}}, nil)
		}
	}()
	act := step.Driving{Lease: lease, By: "mallory", Action: step.Act{Action: step.Press{Key: "Enter"}}}
	got, err := d.client.Drive(ctx, id, act)
	if err != nil || got.Outcome == nil || got.Verdict.Principal != "admin" || got.Verdict.Action.Action != (step.Press{Key: "Enter"}) {
		t.Errorf("drive: %+v, %v", got, err)
	}
	act.Lease = "another"
	if _, err := d.client.Drive(ctx, id, act); err == nil {
		t.Error("another lease drove")
	}
	if _, err := d.client.Drive(ctx, id, step.Driving{Lease: lease}); client.StatusOf(err) != http.StatusUnprocessableEntity {
		t.Errorf("no act: %v", err)
	}
	if err := d.client.Return(ctx, id, lease); err != nil {
		t.Fatal(err)
	}
	c = <-orders
	c.Ack()
	if drive, ok := c.Order.Command.(step.Drive); !ok || drive.Take || drive.Lease != lease {
		t.Errorf("order %+v", c.Order)
	}
}

func TestQuestions(t *testing.T) {
	d := openDoor(t, nil)
	ctx := soon(t)
	id := d.create(goal("pay")).Task.ID
	if err := d.client.Answer(ctx, id, step.Answer{Question: "q1", Choice: step.Approve}); client.StatusOf(err) != http.StatusConflict {
		t.Errorf("answer without a question: %v", err)
	}
	d.add(id, 1, step.Asked{Question: step.Question{ID: "q1", About: step.AboutAct, Text: "May it pay?", Expires: time.Now().Add(time.Hour)}})
	open, err := d.client.Questions(ctx)
	if err != nil || len(open) != 1 || open[0].Task != id || open[0].Question.ID != "q1" || open[0].Goal != "pay" {
		t.Fatalf("questions: %+v, %v", open, err)
	}
	for _, bad := range []step.Answer{{Question: "q1", Choice: "maybe"}, {Question: "q1", Choice: step.Instruct}} {
		if err := d.client.Answer(ctx, id, bad); client.StatusOf(err) != http.StatusUnprocessableEntity {
			t.Errorf("answer %+v: %v", bad, err)
		}
	}
	if err := d.client.Answer(ctx, id, step.Answer{Question: "q0", Choice: step.Approve}); client.StatusOf(err) != http.StatusConflict {
		t.Errorf("answer to another question: %v", err)
	}
	if err := d.client.Answer(ctx, id, step.Answer{Question: "q1", Choice: step.Instruct, Text: "use the other card", By: "mallory"}); err != nil {
		t.Fatal(err)
	}
	orders, err := d.journal.Commands(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	c := <-orders
	reply, ok := c.Order.Command.(step.Reply)
	if !ok || reply.Answer.By != "admin" || reply.Answer.Text != "use the other card" || reply.Answer.Choice != step.Instruct || reply.Answer.At.IsZero() {
		t.Errorf("the worker got %+v", c.Order)
	}
	late := d.create(goal("late")).Task.ID
	d.add(late, 1, step.Asked{Question: step.Question{ID: "q2", About: step.AboutAct, Expires: time.Now().Add(-time.Minute)}})
	if err := d.client.Answer(ctx, late, step.Answer{Question: "q2", Choice: step.Approve}); client.StatusOf(err) != http.StatusConflict {
		t.Errorf("answer to an expired question: %v", err)
	}
}

func TestPictures(t *testing.T) {
	d := openDoor(t, nil)
	ctx := soon(t)
	png, err := d.journal.PutPicture(ctx, []byte("\x89PNG\r\n\x1a\nrest"), "image/png")
	if err != nil {
		t.Fatal(err)
	}
	data, mime, err := d.client.Picture(ctx, png)
	if err != nil || mime != "image/png" || !strings.HasSuffix(string(data), "rest") {
		t.Errorf("picture: %q %s %v", data, mime, err)
	}
	res, _ := d.ask(http.MethodGet, "/v1/pictures/"+png, d.bearer(), "")
	if got := res.Header.Get("Cache-Control"); got != "private, max-age=31536000, immutable" {
		t.Errorf("cache: %q", got)
	}
	if _, _, err := d.client.Picture(ctx, strings.Repeat("0", 64)); client.StatusOf(err) != http.StatusNotFound {
		t.Errorf("unknown picture: %v", err)
	}
	if _, _, err := d.client.Picture(ctx, "../keys"); client.StatusOf(err) == 0 {
		t.Errorf("a name that is no hash: %v", err)
	}
	if html, err := d.journal.PutPicture(ctx, []byte("<script>1</script>"), "text/html"); err == nil {
		if _, mime, err := d.client.Picture(ctx, html); err != nil || mime != "application/octet-stream" {
			t.Errorf("a picture that is none came as %q, %v", mime, err)
		}
	}
}

func TestStopAndReadiness(t *testing.T) {
	why := "qwen is missing; run chiron models pull"
	d := openDoor(t, func(o *server.Options) { o.Ready = parts("", why) })
	ctx := soon(t)
	r, err := d.client.Ready(ctx)
	if err != nil || r.Ready || len(r.Parts) != 2 || r.Parts[1].Why != why {
		t.Errorf("ready: %+v, %v", r, err)
	}
	if res, body := d.ask(http.MethodGet, "/readyz", nil, ""); res.StatusCode != http.StatusServiceUnavailable || strings.Contains(body, "qwen") {
		t.Errorf("readyz without a key: %d %s", res.StatusCode, body)
	}
	if res, _ := d.ask(http.MethodGet, "/healthz", nil, ""); res.StatusCode/100 != 2 {
		t.Errorf("healthz: %d", res.StatusCode)
	}
	if err := d.client.Stop(ctx, "smoke in room 3"); err != nil {
		t.Fatal(err)
	}
	if !d.options.Switch.Stopped() {
		t.Error("the switch was not engaged")
	}
	if _, _, err := d.client.Create(ctx, goal("x"), ""); client.StatusOf(err) != http.StatusServiceUnavailable {
		t.Errorf("a task while stopped: %v", err)
	}
	if _, body := d.ask(http.MethodGet, "/v1/stop", d.bearer(), ""); !strings.Contains(body, "smoke in room 3") || !strings.Contains(body, "admin") {
		t.Errorf("stop: %s", body)
	}
	if err := d.client.Release(ctx); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.client.Create(ctx, goal("x"), ""); err != nil {
		t.Errorf("a task after release: %v", err)
	}
	if v, err := d.client.Version(ctx); err != nil || v != "test" {
		t.Errorf("version %q, %v", v, err)
	}
	if _, body := d.ask(http.MethodGet, "/metrics", d.bearer(), ""); !strings.Contains(body, `chiron_http_requests_total{route="POST /v1/tasks",status="201"} 1`) {
		t.Errorf("metrics do not count:\n%.400s", body)
	}
}

func TestOpenAPIGolden(t *testing.T) {
	d := openDoor(t, nil)
	got, err := d.server.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/openapi.json"
	if *update {
		if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(want)) != string(got) {
		t.Error("the API has changed; look at the difference and run: go test ./server -run OpenAPIGolden -update")
	}
}
