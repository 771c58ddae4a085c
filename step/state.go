package step

import "time"

// State is what a task's history adds up to: the fold of its events by Apply. The zero State is a task nobody knows.
type State struct {
	Task     Task      `json:"task"`
	Status   Status    `json:"status"`
	Seq      uint64    `json:"seq"`               // last event
	Step     int       `json:"step"`              // last step begun
	People   int       `json:"people,omitempty"`  // steps of people who drove; they use up no budget
	Attempt  int       `json:"attempt,omitempty"` // 2 and more: taken up again after a crash
	Worker   string    `json:"worker,omitempty"`
	URL      string    `json:"url,omitempty"`     // last page seen
	Picture  string    `json:"picture,omitempty"` // hash of the last frame
	Question *Question `json:"question,omitempty"`
	Pending  *Verdict  `json:"pending,omitempty"` // permitted, and no outcome recorded: after a crash it is unknown
	Effects  int       `json:"effects,omitempty"` // irreversible acts executed or unknown
	Usage    Usage     `json:"usage"`
	Result   *Result   `json:"result,omitempty"`
	Updated  time.Time `json:"updated"`
}

// Apply returns the state after one more event. Events must be applied in order of Seq; one that is not newer than
// State.Seq changes nothing, so replays are harmless.
func (s State) Apply(e Event) State {
	if e.Seq <= s.Seq {
		return s
	}
	s.Seq, s.Updated, s.Step = e.Seq, e.At, max(s.Step, e.Step)
	switch b := e.Body.(type) {
	case Created:
		s.Task, s.Status = b.Task, Queued
	case Leased:
		s.Status, s.Worker, s.Attempt = Running, b.Worker, b.Attempt
	case Saw:
		s.URL, s.Picture = b.Observation.URL, b.Observation.Frame.Hash
	case Proposed:
		s.Usage = s.Usage.Add(b.Proposal.Usage)
		if b.Proposal.By == ByPerson {
			s.People++
		}
	case Planned:
		s.Usage = s.Usage.Add(b.Plan.Usage)
	case Judged:
		s = s.judged(b.Verdict)
	case Asked:
		s.Status, s.Question = Waiting, &b.Question
		s.Usage.Questions++
	case Answered:
		s.Status, s.Question = Running, nil
	case Did:
		s = s.did(b)
	case Took:
		s = s.took(b.Command.Command)
	case Ended:
		s.Status, s.Result, s.Question = b.Result.Status, &b.Result, nil
		s.Usage = b.Result.Usage
	}
	if s.Result == nil {
		s.Usage.Steps = s.Step
	}
	return s
}

func (s State) judged(v Verdict) State {
	if v.Decision == Permit {
		s.Pending = &v
	}
	return s
}

func (s State) did(d Did) State {
	if s.Pending == nil || s.Pending.ID != d.Verdict {
		return s
	}
	if d.Outcome.Status != NotExecuted && s.Pending.Effect == EffectIrreversible {
		s.Effects++
	}
	if d.Outcome.Status == Executed {
		s.Usage.Acts++
	}
	if d.Outcome.Status != Unknown {
		s.Pending = nil
	}
	return s
}

func (s State) took(c Command) State {
	drive, driven := c.(Drive)
	if driven && !drive.Take {
		s.People++ // the step in which they drove
		c = Resume{}
	} else if driven {
		c = Pause{}
	}
	switch c.(type) {
	case Pause:
		s.Status = Paused
	case Resume:
		s.Status = Running
		if s.Question != nil {
			s.Status = Waiting
		}
	}
	return s
}
