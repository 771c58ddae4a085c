package files

import "sync"

// MaxTransfers bounds the downloads of one session that run at the same time.
const MaxTransfers = 20

// Transfer is a download that has begun.
type Transfer struct{ URL, Name string }

// Transfers are the downloads under way by Chromium's id. The zero value is ready; methods are safe for concurrent use.
type Transfers struct {
	mu  sync.Mutex
	all map[string]Transfer
}

// Begin notes a download, unless too many are running.
func (t *Transfers) Begin(guid string, tr Transfer) (ok bool) {
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

// Get returns a download that has begun, and forgets it when that is its end.
func (t *Transfers) Get(guid string, end bool) (Transfer, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	tr, ok := t.all[guid]
	if end {
		delete(t.all, guid)
	}
	return tr, ok
}
