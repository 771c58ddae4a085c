package browser

import (
	"chiron/browser/files"

	"github.com/go-rod/rod/lib/cdp"
	"github.com/go-rod/rod/lib/proto"
)

// download follows one download of this session's context.
func (s *Session) download(e *cdp.Event) {
	if ev, ok := load[proto.BrowserDownloadWillBegin](e); ok && e.Method == ev.ProtoEvent() {
		if !s.transfers.Begin(ev.GUID, files.Transfer{URL: ev.URL, Name: ev.SuggestedFilename}) {
			s.notice("a download was stopped: %d are running already", files.MaxTransfers)
			s.stopDownload(ev.GUID)
		}
		return
	}
	ev, ok := load[proto.BrowserDownloadProgress](e)
	if !ok {
		return
	}
	tr, known := s.transfers.Get(ev.GUID, ev.State != proto.BrowserDownloadProgressStateInProgress)
	switch {
	case !known:
	case ev.State == proto.BrowserDownloadProgressStateCompleted:
		s.spawn(func() {
			if _, err := s.store.Finish(ev.GUID, tr.URL, tr.Name); err != nil {
				s.notice("the download %q was not kept: %v", files.SafeName(tr.Name), err)
			}
		})
	case ev.State == proto.BrowserDownloadProgressStateCanceled:
		s.notice("the download %q did not finish", files.SafeName(tr.Name))
	case max(ev.ReceivedBytes, ev.TotalBytes) > float64(s.browser.opts.MaxDownload):
		s.notice("the download %q was stopped: it is larger than %d bytes", files.SafeName(tr.Name), s.browser.opts.MaxDownload)
		s.transfers.Get(ev.GUID, true)
		s.stopDownload(ev.GUID)
	}
}

func (s *Session) stopDownload(guid string) {
	s.spawn(func() {
		s.call(s.ctx, s.root, proto.BrowserCancelDownload{GUID: guid, BrowserContextID: s.context}, nil)
	})
}
