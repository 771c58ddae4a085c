package wire

import (
	"encoding/json"

	"github.com/go-rod/rod/lib/proto"
)

// routing is what of an event tells whom it concerns.
type routing struct {
	SessionID  proto.TargetSessionID `json:"sessionId"`
	TargetID   proto.TargetTargetID  `json:"targetId"`
	Waiting    bool                  `json:"waitingForDebugger"`
	TargetInfo struct {
		TargetID proto.TargetTargetID          `json:"targetId"`
		Context  proto.BrowserBrowserContextID `json:"browserContextId"`
	} `json:"targetInfo"`
}

// route keeps the books of targets and sessions and returns the view that m belongs to, or nil.
func (c *Conn) route(m incoming) *View {
	var r routing
	switch m.Method {
	case "Target.attachedToTarget", "Target.detachedFromTarget", "Target.targetCreated", "Target.targetInfoChanged",
		"Target.targetDestroyed", "Target.targetCrashed":
		if err := json.Unmarshal(m.Params, &r); err != nil {
			return nil
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	owner := c.sessions[m.SessionID]
	switch m.Method {
	case "Target.attachedToTarget":
		return c.attach(owner, r)
	case "Target.detachedFromTarget":
		if v := c.sessions[r.SessionID]; v != nil {
			owner = v
		}
		delete(c.sessions, r.SessionID)
		for t, s := range c.attached {
			if s == r.SessionID {
				delete(c.attached, t)
			}
		}
	case "Target.targetCreated", "Target.targetInfoChanged":
		if owner = c.contexts[r.TargetInfo.Context]; owner != nil {
			c.targets[r.TargetInfo.TargetID] = owner
		}
	case "Target.targetDestroyed":
		owner = c.targets[r.TargetID]
		delete(c.targets, r.TargetID)
		delete(c.attached, r.TargetID)
	case "Target.targetCrashed":
		owner = c.targets[r.TargetID]
	}
	return owner
}

// attach notes a new session; c.mu is held. A target that belongs to nobody and waits for a debugger is let go, since no
// session ever would.
func (c *Conn) attach(owner *View, r routing) *View {
	if owner == nil {
		owner = c.contexts[r.TargetInfo.Context]
	}
	if owner == nil {
		if r.Waiting {
			go c.send(string(r.SessionID), "Runtime.runIfWaitingForDebugger", nil, nil)
		}
		return nil
	}
	c.sessions[r.SessionID] = owner
	c.targets[r.TargetInfo.TargetID] = owner
	c.attached[r.TargetInfo.TargetID] = r.SessionID
	return owner
}
