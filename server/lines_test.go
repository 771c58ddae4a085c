package server_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"chiron/server"
	"chiron/server/lines"
)

// crowd is models whose queues are full, or not.
type crowd struct{ full atomic.Bool }

func (*crowd) List(context.Context) ([]server.Model, error) { return nil, nil }
func (*crowd) Begin(string, string) error                   { return nil }
func (c *crowd) Full() (time.Duration, bool)                { return 7400 * time.Millisecond, c.full.Load() }

func (*crowd) Lines() lines.Lines {
	return lines.Lines{Endpoints: []lines.Endpoint{{Endpoint: "managed", OK: true, Waiting: 2}},
		Calls: []lines.Call{{Endpoint: "managed", Model: "m", Task: "t", Owner: "k1"}, {Endpoint: "managed", Model: "m", Task: "u", Owner: "k2", Urgent: true, Position: 1, Expected: 2.5}}}
}

func TestFullQueuesRefuseNewTasksAndSayWhenToComeBack(t *testing.T) {
	models := &crowd{}
	d := openDoor(t, func(o *server.Options) { o.Models = models })
	body := `{"goal":"Look","start":"https://desk.example/"}`
	models.full.Store(true)
	r, text := d.ask("POST", "/v1/tasks", d.bearer(), body)
	if r.StatusCode != 429 || r.Header.Get("Retry-After") != "7" || !strings.Contains(text, "come back in 7s") || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/problem+json") {
		t.Errorf("%d, %v, %s", r.StatusCode, r.Header, text)
	}
	models.full.Store(false)
	if r, text = d.ask("POST", "/v1/tasks", d.bearer(), body); r.StatusCode != 201 {
		t.Errorf("%d, %s", r.StatusCode, text)
	}
	seen, err := d.client.Queue(soon(t), "")
	if err != nil || len(seen.Endpoints) != 1 || !seen.Endpoints[0].OK || len(seen.Calls) != 2 || seen.Calls[1].Position != 1 || seen.Calls[1].Expected != 2.5 {
		t.Errorf("%+v, %v", seen, err)
	}
	if seen, err = d.client.Queue(soon(t), "k2"); err != nil || len(seen.Calls) != 1 || seen.Calls[0].Task != "u" || seen.Calls[0].Position != 1 || !seen.Calls[0].Urgent || len(seen.Endpoints) != 1 {
		t.Errorf("of one owner: %+v, %v", seen, err)
	}
}
