package step

import (
	"crypto/sha256"
	"encoding/hex"
	"image"
	"time"
)

// Frame is one picture of the viewport with masks already applied. Data belongs to the frame and is never changed
// after it was made; it does not travel in events, which name pictures by Hash.
type Frame struct {
	Hash   string    `json:"hash"` // lower-case hex SHA-256 of Data
	MIME   string    `json:"mime"` // image/png or image/jpeg
	Size   Size      `json:"size"`
	At     time.Time `json:"at"`
	Masked []Rect    `json:"masked,omitempty"` // regions painted over before the frame left the browser room
	Data   []byte    `json:"-"`
	// Pixels is Data unpacked, where whoever made the frame had unpacked it: opaque, from (0,0), to be read and never written
	// to. Nil otherwise.
	Pixels *image.RGBA `json:"-"`
}

// PictureHash returns the name under which a picture is kept: lower-case hex SHA-256.
func PictureHash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Observation is what the browser showed at one moment, settled as far as the bound allowed.
type Observation struct {
	ID        string     `json:"id"` // unique within the task
	Frame     Frame      `json:"frame"`
	URL       string     `json:"url"` // top-level document as Chromium canonicalised it
	Title     string     `json:"title"`
	Status    int        `json:"status,omitempty"`     // HTTP status of the top-level document; 0 unknown
	CertError string     `json:"cert_error,omitempty"` // of the top-level load, as ERR_CERT_DATE_INVALID; the page is not shown then
	Tabs      []Tab      `json:"tabs,omitempty"`
	Dialog    *Dialog    `json:"dialog,omitempty"` // an open dialog; the page is blocked behind it
	Above     int        `json:"above,omitempty"`  // page pixels hidden above the viewport
	Below     int        `json:"below,omitempty"`  // page pixels hidden below the viewport
	Settle    Settle     `json:"settle"`
	Downloads []Download `json:"downloads,omitempty"` // finished since the previous observation
	Blocked   []Blocked  `json:"blocked,omitempty"`   // refused network requests since the previous observation
	Notices   []string   `json:"notices,omitempty"`   // crashes, refused permission prompts, closed popups: facts, one line each

	// Layout is the page's own list of candidates (roles, names, boxes) in reading order. It is the raw material of
	// vision's "layout" source and of field predicates; it does not travel in events.
	Layout []Node `json:"-"`
	// LayoutCut counts nodes that were left out of Layout because of its limit.
	LayoutCut int `json:"layout_cut,omitempty"`
}

// Tab is one open page of the session.
type Tab struct {
	Title  string `json:"title"`
	URL    string `json:"url"`
	Active bool   `json:"active,omitempty"`
}

// Dialog is an open dialog: of the page's script, or the browser's own wish for a name and a password, which is answered
// with the text "name:password".
type Dialog struct {
	Type    string `json:"type"` // alert, confirm, prompt, beforeunload or login
	Message string `json:"message"`
	Default string `json:"default,omitempty"` // default text of a prompt
	URL     string `json:"url,omitempty"`     // document that opened it
}

// Settle says how the wait for a quiet page ended.
type Settle struct {
	Reason string        `json:"reason"` // quiet, deadline, dialog, or crashed
	Took   time.Duration `json:"took"`
}

// Download is a finished file in the task's quarantine.
type Download struct {
	Name   string `json:"name"` // sanitised base name
	URL    string `json:"url"`
	MIME   string `json:"mime,omitempty"` // sniffed from the content
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Blocked is a network request that the egress rules refused.
type Blocked struct {
	Host   string `json:"host"`
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

// Traffic is what went to and came from one place over a session's network.
type Traffic struct {
	Host        string `json:"host"` // host:port
	Connections int    `json:"connections"`
	Sent        int64  `json:"sent"`     // bytes
	Received    int64  `json:"received"` // bytes
}

// Egress is everything a session connected to and what was refused, each in the order of its host.
type Egress struct {
	Hosts   []Traffic `json:"hosts,omitempty"`
	Blocked []Blocked `json:"blocked,omitempty"`
	Bytes   int64     `json:"bytes"` // sent and received together
}

// Node is one element of the page's own layout that a person could see or act on, in viewport coordinates.
type Node struct {
	Role    Role     `json:"role"`
	Name    string   `json:"name"`
	Value   string   `json:"value,omitempty"` // of a secret field: *** when filled, else empty
	States  States   `json:"states,omitzero"`
	Options []string `json:"options,omitempty"` // of a select
	Box     Rect     `json:"box"`
	Origin  string   `json:"origin,omitempty"` // of the frame that holds it, when not the top frame's
	Secret  bool     `json:"secret,omitempty"` // password or masked field
	Layer   int      `json:"layer,omitempty"`  // 0 is the page; a menu or a dialog that hangs over it has a number of its own
}
