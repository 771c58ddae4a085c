package files

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/go-rod/rod/lib/cdp"
	"github.com/go-rod/rod/lib/proto"
)

// MaxTransfers bounds the downloads of one session that run at the same time.
const MaxTransfers = 20

// Transfer is a download that has begun.
type Transfer struct{ URL, Name string }

// Transfers are the downloads under way by Chromium's id. The zero value is ready; methods are safe for concurrent use.
type Transfers struct {
	mu  sync.Mutex
	all map[string]Transfer
}

// Move is what an event asks for: to take a completed download in, to stop one, to tell something.
type Move struct {
	GUID string
	Transfer
	Done, Stop bool
	Notice     string
}

// Follow takes an event about a download; limit is the most bytes of one.
func (t *Transfers) Follow(e *cdp.Event, limit int64) Move {
	var begun proto.BrowserDownloadWillBegin
	var p proto.BrowserDownloadProgress
	switch e.Method {
	case begun.ProtoEvent():
		if json.Unmarshal(e.Params, &begun) == nil && !t.begin(begun.GUID, Transfer{begun.URL, begun.SuggestedFilename}) {
			return Move{GUID: begun.GUID, Stop: true, Notice: fmt.Sprintf("a download was stopped: %d are running already", MaxTransfers)}
		}
		return Move{}
	case p.ProtoEvent():
		if json.Unmarshal(e.Params, &p) != nil {
			return Move{}
		}
	}
	tr, known := t.get(p.GUID, p.State != proto.BrowserDownloadProgressStateInProgress)
	m := Move{GUID: p.GUID, Transfer: tr}
	switch {
	case !known:
	case p.State == proto.BrowserDownloadProgressStateCompleted:
		m.Done = true
	case p.State == proto.BrowserDownloadProgressStateCanceled:
		m.Notice = fmt.Sprintf("the download %q did not finish", SafeName(tr.Name))
	case max(p.ReceivedBytes, p.TotalBytes) > float64(limit):
		m.Stop, m.Notice = true, fmt.Sprintf("the download %q was stopped: it is larger than %d bytes", SafeName(tr.Name), limit)
		t.get(p.GUID, true)
	}
	return m
}

// begin notes a download, unless too many are running.
func (t *Transfers) begin(guid string, tr Transfer) (ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		t.all = map[string]Transfer{}
	}
	if len(t.all) >= MaxTransfers {
		return false
	}
	t.all[guid] = tr
	return true
}

// get returns a download that has begun, and forgets it when that is its end.
func (t *Transfers) get(guid string, end bool) (Transfer, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	tr, ok := t.all[guid]
	if end {
		delete(t.all, guid)
	}
	return tr, ok
}
