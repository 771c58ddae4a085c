// Package fault says in a person's words what is wrong with a request.
package fault

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Fault is a request that is malformed: one line for each thing to change.
type Fault struct{ Details []*huma.ErrorDetail }

func (f *Fault) Error() string {
	lines := make([]string, 0, len(f.Details))
	for _, d := range f.Details {
		lines = append(lines, d.Message)
	}
	return strings.Join(lines, "; ")
}

// Malformed turns an error of lines "field: what would be right" into a Fault of the request's body, answered with 422.
func Malformed(err error) error {
	if err == nil {
		return nil
	}
	f := &Fault{}
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimSpace(line)
		field, message, ok := strings.Cut(line, ": ")
		if !ok || strings.ContainsAny(field, " \"") && !strings.Contains(field, ", ") {
			field, message = "", line
		}
		location := "body"
		if field != "" {
			location = "body." + field
		}
		f.Details = append(f.Details, &huma.ErrorDetail{Location: location, Message: message})
	}
	return f
}

// Of is a Fault in one place.
func Of(location, format string, args ...any) error {
	return &Fault{Details: []*huma.ErrorDetail{{Location: location, Message: fmt.Sprintf(format, args...)}}}
}

// JSON says in a person's words why a body is not what is asked for.
func JSON(err error) error {
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &kind) && kind.Field != "":
		return Of("body."+kind.Field, "must be a JSON %s, not a %s", jsonKind(kind), kind.Value)
	case errors.As(err, &syntax):
		return Of("body", "is not JSON: %v (at byte %d)", syntax, syntax.Offset)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return Of("body", "is not JSON: it ends too early")
	}
	text := strings.TrimPrefix(err.Error(), "json: ")
	if name, ok := strings.CutPrefix(text, "unknown field "); ok {
		name = strings.Trim(name, `"`)
		return Of("body."+name, "is not a field of a task; see /docs")
	}
	return Of("body", "is not what is expected: %s", text)
}

func jsonKind(e *json.UnmarshalTypeError) string {
	switch kind := e.Type.Kind().String(); {
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "uint"):
		return "whole number"
	case kind == "slice", kind == "array":
		return "array"
	case kind == "map", kind == "struct":
		return "object"
	default:
		return kind
	}
}
