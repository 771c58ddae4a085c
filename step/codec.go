package step

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Act carries an Action through JSON as one flat object with the tag "action", as in {"action":"click","mark":3}.
type Act struct{ Action }

// MarshalJSON implements json.Marshaler.
func (a Act) MarshalJSON() ([]byte, error) {
	if a.Action == nil {
		return []byte("null"), nil
	}
	return tagged("action", string(a.Kind()), a.Action)
}

// UnmarshalJSON implements json.Unmarshaler. It validates the action.
func (a *Act) UnmarshalJSON(data []byte) error {
	if string(bytes.TrimSpace(data)) == "null" {
		a.Action = nil
		return nil
	}
	act, err := ParseAction(data)
	if err != nil {
		return err
	}
	a.Action = act
	return nil
}

// ErrKind is wrapped by errors about a kind tag that is missing or unknown.
var ErrKind = errors.New("unknown kind")

// ParseAction decodes one action from its JSON object, strictly, and validates it.
func ParseAction(data []byte) (Action, error) {
	kind, rest, err := untag("action", data)
	if err != nil {
		return nil, err
	}
	act, err := decodeAction(Kind(kind), rest)
	if err != nil {
		return nil, fmt.Errorf("action %s: %w", kind, err)
	}
	if err := act.Validate(); err != nil {
		return nil, fmt.Errorf("action %s: %w", kind, err)
	}
	return act, nil
}

func decodeAction(kind Kind, data []byte) (Action, error) {
	switch kind {
	case KindClick:
		return strict[Click](data)
	case KindHover:
		return strict[Hover](data)
	case KindDrag:
		return strict[Drag](data)
	case KindType:
		return strict[Type](data)
	case KindPress:
		return strict[Press](data)
	case KindScroll:
		return strict[Scroll](data)
	case KindSelect:
		return strict[Select](data)
	case KindUpload:
		return strict[Upload](data)
	case KindNavigate:
		return strict[Navigate](data)
	case KindBack:
		return strict[Back](data)
	case KindForward:
		return strict[Forward](data)
	case KindReload:
		return strict[Reload](data)
	case KindTab:
		return strict[TabAct](data)
	case KindDialog:
		return strict[DialogAct](data)
	}
	return decodeOffScreen(kind, data)
}

// decodeOffScreen decodes the actions that touch no page.
func decodeOffScreen(kind Kind, data []byte) (Action, error) {
	switch kind {
	case KindWait:
		return strict[Wait](data)
	case KindNote:
		return strict[Note](data)
	case KindCall:
		return strict[Call](data)
	case KindDelegate:
		return strict[Delegate](data)
	case KindAsk:
		return strict[Ask](data)
	case KindDone:
		return strict[Done](data)
	case KindFail:
		return strict[Fail](data)
	}
	return nil, fmt.Errorf("%w %q", ErrKind, kind)
}

// ActionDigest names an action by content: lower-case hex SHA-256 of its JSON. Equal actions have equal digests.
func ActionDigest(a Action) string {
	data, err := json.Marshal(Act{a})
	if err != nil {
		return "" // only json.RawMessage fields can fail, and those were decoded before
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// tagged writes {"<tag>":"<kind>", …fields of v}.
func tagged(tag, kind string, v any) ([]byte, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	head := fmt.Appendf(nil, "{%q:%q", tag, kind)
	if bytes.Equal(body, []byte("{}")) {
		return append(head, '}'), nil
	}
	return append(append(head, ','), body[1:]...), nil
}

// untag splits the kind from the other fields of an object.
func untag(tag string, data []byte) (kind string, rest []byte, err error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(data, &fields); err != nil {
		return "", nil, err
	}
	raw, ok := fields[tag]
	if !ok {
		return "", nil, fmt.Errorf("%w: the field %q is missing", ErrKind, tag)
	}
	if err := json.Unmarshal(raw, &kind); err != nil {
		return "", nil, fmt.Errorf("%s: %w", tag, err)
	}
	delete(fields, tag)
	rest, err = json.Marshal(fields)
	return kind, rest, err
}

// strict decodes exactly one JSON value without unknown fields.
func strict[T any](data []byte) (T, error) {
	var v T
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		return v, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return v, errors.New("more than one value")
	}
	return v, nil
}
