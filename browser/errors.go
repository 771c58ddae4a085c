package browser

import (
	"errors"

	"chiron/browser/act"
	"chiron/browser/chromium"
	"chiron/browser/files"
)

// The errors of this room; all are wrapped with what was being done.
var (
	// ErrMissing says that there is no Chromium at Options.Path.
	ErrMissing = chromium.ErrMissing
	// ErrGone says that the session's Chromium has ended: it crashed or was killed. The session is lost; a new one can be
	// opened once Browser has launched again.
	ErrGone = errors.New("the browser Chromium has ended")
	// ErrClosed says that the session or the browser was closed.
	ErrClosed = errors.New("the browser session is closed")
	// ErrUngrounded says that an action's target is not a point yet.
	ErrUngrounded = act.ErrUngrounded
	// ErrOffScreen says that an action is not one the browser carries out.
	ErrOffScreen = errors.New("not an action of the browser")
	// ErrProfileHeld says that another session uses the profile.
	ErrProfileHeld = chromium.ErrHeld
	// ErrNoProfile says that there is no profile of that name.
	ErrNoProfile = chromium.ErrNoProfile
	// ErrNoFile says that a session holds no finished download of that content.
	ErrNoFile = files.ErrNone
)
