package book

import (
	"encoding/json"
	"fmt"
	"slices"

	"chiron/journal/store"
	"chiron/step"
)

// DecodeEvent reads one stored event, strictly.
func DecodeEvent(task string, seq uint64, data []byte) (step.Event, error) {
	var ev step.Event
	err := json.Unmarshal(data, &ev)
	if err == nil && ev.Task != task {
		err = fmt.Errorf("it belongs to task %.80q", ev.Task)
	}
	if err != nil {
		return ev, &store.CorruptError{Task: task, Seq: seq, Err: err}
	}
	return ev, nil
}

// OutOfOrder reports an event whose predecessor is missing.
func OutOfOrder(task string, stream, seq uint64) error {
	return &store.CorruptError{Task: task, Seq: stream, Err: fmt.Errorf("event %d is out of order: one before it is missing", seq)}
}

// Filter chooses tasks for List. The zero Filter takes all.
type Filter struct {
	Status []step.Status     // any of these; empty: all
	Label  map[string]string // all of these
	Cursor string            // from the list before; empty: from the newest
	Limit  int               // 0 is 50; at most 500
}

// Matches reports whether a filter takes the task; a damaged one counts as failed.
func (e *Entry) Matches(f Filter) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	status := e.status
	if e.broken != nil {
		status = step.Failed
	}
	if e.seq == 0 && e.broken == nil || len(f.Status) > 0 && !slices.Contains(f.Status, status) {
		return false
	}
	for k, v := range f.Label {
		if got, ok := e.labels[k]; !ok || got != v {
			return false
		}
	}
	return true
}
