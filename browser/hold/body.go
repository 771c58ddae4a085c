package hold

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/url"
	"slices"
	"strings"

	"github.com/go-rod/rod/lib/proto"
)

// The bounds of what is told of a request.
const (
	maxURL    = 2000
	maxFields = 100
	maxField  = 100
)

// request is what of a request concerns a verdict.
type request struct {
	method, url string
	fields      []string
	known       bool // fields could be read
}

// String shows it without any value.
func (r request) String() string {
	s := r.method + " " + place(r.url)
	if len(r.fields) > 0 {
		s += " with " + strings.Join(r.fields, ", ")
	}
	return s
}

// differs says how a request differs from what the facts described, or "". A field that stays away is none: boxes that
// are not ticked are not sent.
func (r request) differs(w *Watch) string {
	form := w.facts.Form
	switch {
	case r.method != form.Method:
		return fmt.Sprintf("the page would send %s, not %s", r, form.Method)
	case place(r.url) != place(form.Action):
		return fmt.Sprintf("the page would send %s, not to %s", r, place(form.Action))
	case !r.known || len(form.Fields) >= maxFields:
		return ""
	}
	var more []string
	for _, name := range r.fields {
		button := w.facts.Element != nil && (name == w.facts.Element.Field || strings.TrimRight(name, "xy") == dotted(w.facts.Element.Field))
		if !slices.Contains(form.Fields, name) && !button {
			more = append(more, name)
		}
	}
	if len(more) == 0 || w.loose && len(more) == 1 {
		return ""
	}
	return fmt.Sprintf("the page would also send %s: %s", strings.Join(more, ", "), r)
}

// dotted is what the names of an image button's coordinates begin with.
func dotted(field string) string {
	if field == "" {
		return ""
	}
	return field + "."
}

// read takes from a request what concerns a verdict. Its body is foreign bytes.
func read(r *proto.NetworkRequest) request {
	out := request{method: strings.ToUpper(r.Method), url: r.URL[:min(len(r.URL), maxURL)]}
	var body []byte
	for _, e := range r.PostDataEntries {
		if e != nil {
			body = append(body, e.Bytes...)
		}
	}
	if len(body) == 0 {
		body = []byte(r.PostData)
	}
	if len(body) == 0 && r.HasPostData {
		return out
	}
	kind := ""
	for name, value := range r.Headers {
		if strings.EqualFold(name, "Content-Type") {
			kind = value.Str()
		}
	}
	names, known := fields(kind, body)
	for _, name := range names[:min(len(names), maxFields)] {
		out.fields = append(out.fields, strings.ToValidUTF8(name[:min(len(name), maxField)], ""))
	}
	out.known = known
	return out
}

// fields returns the names of what a body of this content type carries; known is false where it has none that can be read.
func fields(kind string, body []byte) (names []string, known bool) {
	media, params, err := mime.ParseMediaType(kind)
	switch {
	case len(body) == 0:
		return nil, true
	case err != nil:
		return nil, false
	}
	switch media {
	case "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(body))
		return slices.Sorted(maps.Keys(values)), err == nil
	case "application/json":
		var object map[string]json.RawMessage
		err := json.Unmarshal(body, &object)
		return slices.Sorted(maps.Keys(object)), err == nil
	case "multipart/form-data":
		return parts(multipart.NewReader(bytes.NewReader(body), params["boundary"]))
	}
	return nil, false
}

// parts returns the names of a multipart body, each once. The content of its files is missing.
func parts(r *multipart.Reader) (names []string, known bool) {
	for len(names) < maxFields {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return names, true
		}
		if err != nil {
			return names, false
		}
		if name := p.FormName(); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, true
}
