package browser

import (
	"chiron/browser/files"

	"github.com/go-rod/rod/lib/cdp"
	"github.com/go-rod/rod/lib/proto"
)

// download follows one download of this session's context.
func (s *Session) download(e *cdp.Event) {
	m := s.transfers.Follow(e, s.browser.opts.MaxDownload)
	if m.Notice != "" {
		s.notice("%s", m.Notice)
	}
	if m.Stop {
		s.spawn(func() {
			s.call(s.ctx, s.root, proto.BrowserCancelDownload{GUID: m.GUID, BrowserContextID: s.context}, nil)
		})
	}
	if m.Done {
		s.spawn(func() {
			if _, err := s.store.Finish(m.GUID, m.URL, m.Name); err != nil {
				s.notice("the download %q was not kept: %v", files.SafeName(m.Name), err)
			}
		})
	}
}
