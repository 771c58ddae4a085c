package chromium_test

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"chiron/browser/browsertest"
	"chiron/browser/chromium"

	"github.com/go-rod/rod/lib/proto"
)

// idleTime is how long a Chromium is listened to. Without the quiet flags it mostly speaks within two seconds of its start, or hardly ever: the control
// starts several until one is heard.
const (
	idleTime  = 15 * time.Second
	startTime = 4 * time.Second
	starts    = 20
)

// strays runs a Chromium with an empty page for a while and returns whom it asked for; where one is enough, it returns with the first.
func strays(t *testing.T, bound time.Duration, enough bool, edit func(*chromium.Options)) []string {
	t.Helper()
	o := chromium.Options{Self: browsertest.Self(t), Path: "/usr/lib/chromium/chromium", Dir: browsertest.Dir(t), UID: os.Geteuid(), GID: os.Getegid(), Isolate: true}
	if o.UID == 0 {
		o.UID, o.GID = 64201, 64201
	}
	o.Heard()
	if edit != nil {
		edit(&o)
	}
	p, err := chromium.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	ln, err := p.Stray()
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan string)
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	var work sync.WaitGroup
	work.Go(func() { listen(ctx, ln, asked) })
	if err := p.Conn.Do(t.Context(), proto.TargetCreateTarget{URL: "about:blank"}, nil); err != nil {
		t.Fatal(err)
	}
	var all []string
	for more := true; more; {
		select {
		case host := <-asked:
			all = append(all, host)
			more = !enough
		case <-ctx.Done():
			more = false
		}
	}
	cancel()
	if err := ln.Close(); err != nil {
		t.Error(err)
	}
	work.Wait()
	slices.Sort(all)
	return slices.Compact(all)
}

// listen tells whom each connection asks for.
func listen(ctx context.Context, ln net.Listener, asked chan<- string) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		c.SetDeadline(time.Now().Add(time.Second))
		host := "a connection without a request"
		if r, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			host = r.Host
		}
		c.Close()
		select {
		case asked <- host:
		case <-ctx.Done():
		}
	}
}

func TestIdleChromiumSendsNothing(t *testing.T) {
	if all := strays(t, idleTime, false, nil); len(all) > 0 {
		t.Fatalf("it asked for %v", all)
	}
}

// The control: the same Chromium without the flags that keep it quiet is heard.
func TestControlOfTheIdleChromiumIsHeard(t *testing.T) {
	for n := range starts {
		var all []string
		t.Run("start", func(t *testing.T) {
			all = strays(t, startTime, true, func(o *chromium.Options) {
				o.Loud("--disable-background-networking", "--disable-component-update", "--component-updater", "--disable-sync", "--disable-default-apps",
					"--disable-field-trial-config", "--metrics-recording-only", "--disable-features", "--disable-domain-reliability", "--no-first-run",
					"--disable-extensions", "--disable-component-extensions-with-background-pages", "--host-resolver-rules", "--disable-breakpad")
			})
		})
		if len(all) > 0 {
			t.Logf("start %d asked for %v", n+1, all)
			return
		}
	}
	t.Fatal("nothing was heard: this harness hears nothing")
}
