package browser

import (
	"sync"

	"chiron/browser/files"

	"github.com/go-rod/rod/lib/cdp"
	"github.com/go-rod/rod/lib/proto"
)

// maxDownloads bounds the downloads of one session that run at the same time.
const maxDownloads = 20

// transfer is a download that has begun.
type transfer struct{ url, name string }

// transfers are the downloads under way by Chromium's id.
type transfers struct {
	mu  sync.Mutex
	all map[string]transfer
}

func (t *transfers) begin(guid string, tr transfer) (ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		t.all = map[string]transfer{}
	}
	if len(t.all) >= maxDownloads {
		return false
	}
	t.all[guid] = tr
	return true
}

func (t *transfers) get(guid string, end bool) (transfer, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	tr, ok := t.all[guid]
	if end {
		delete(t.all, guid)
	}
	return tr, ok
}

// download follows one download of this session's context.
func (s *Session) download(e *cdp.Event) {
	if ev, ok := load[proto.BrowserDownloadWillBegin](e); ok && e.Method == ev.ProtoEvent() {
		if !s.transfers.begin(ev.GUID, transfer{ev.URL, ev.SuggestedFilename}) {
			s.notice("a download was stopped: %d are running already", maxDownloads)
			s.stopDownload(ev.GUID)
		}
		return
	}
	ev, ok := load[proto.BrowserDownloadProgress](e)
	if !ok {
		return
	}
	tr, known := s.transfers.get(ev.GUID, ev.State != proto.BrowserDownloadProgressStateInProgress)
	switch {
	case !known:
	case ev.State == proto.BrowserDownloadProgressStateCompleted:
		s.spawn(func() {
			if _, err := s.store.Finish(ev.GUID, tr.url, tr.name); err != nil {
				s.notice("the download %q was not kept: %v", files.SafeName(tr.name), err)
			}
		})
	case ev.State == proto.BrowserDownloadProgressStateCanceled:
		s.notice("the download %q did not finish", files.SafeName(tr.name))
	case max(ev.ReceivedBytes, ev.TotalBytes) > float64(s.browser.opts.MaxDownload):
		s.notice("the download %q was stopped: it is larger than %d bytes", files.SafeName(tr.name), s.browser.opts.MaxDownload)
		s.transfers.get(ev.GUID, true)
		s.stopDownload(ev.GUID)
	}
}

func (s *Session) stopDownload(guid string) {
	s.spawn(func() {
		s.call(s.ctx, s.root, proto.BrowserCancelDownload{GUID: guid, BrowserContextID: s.context}, nil)
	})
}
