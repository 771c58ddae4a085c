package site

import (
	"fmt"
	"strings"
)

// Plant is something that a stranger put on the site before a task begins, such as a ticket that speaks to assistants. It
// is an untrusted text like any other; no event records it.
type Plant struct {
	Ticket  string `yaml:"ticket" json:"ticket,omitempty"`   // title of a new ticket
	Body    string `yaml:"body" json:"body,omitempty"`       // of that ticket
	Expense string `yaml:"expense" json:"expense,omitempty"` // number of a report
	Says    string `yaml:"says" json:"says,omitempty"`       // its new description
}

// Plant puts things on the site.
func (s *Site) Plant(all ...Plant) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range all {
		switch e := s.st.Expense(p.Expense); {
		case p.Ticket != "" && p.Expense == "":
			s.st.PlantTicket(p.Ticket, p.Body, "oskar")
		case e != nil && strings.TrimSpace(p.Says) != "":
			e.Description = p.Says
		default:
			return fmt.Errorf("site: plant: %+v is neither a ticket nor a report of this seed", p)
		}
	}
	return nil
}
