// Package admission examines a model before it may drive: on bundled screens with known targets it measures whether the answers
// are valid, whether they name the right thing by text, by marks and by coordinates and in which convention, whether the model
// sees at all, how much context it keeps, and how fast it is. What it found is a certificate.
package admission

import (
	"fmt"
	"strings"
	"time"

	"chiron/step"
	"chiron/vision"
)

// Certificate is what a model has shown under one runtime at one size of screen.
type Certificate struct {
	Model   string    `json:"model"`
	Digest  string    `json:"digest"`
	Ollama  string    `json:"ollama"`
	Size    step.Size `json:"size"`
	At      time.Time `json:"at"`
	Asked   int       `json:"asked"`   // questions in all
	Valid   float64   `json:"valid"`   // share of answers that were valid, one re-ask included
	Text    float64   `json:"text"`    // share of right answers by the list alone
	Marks   float64   `json:"marks"`   // with numbered marks on the picture
	Pixels  float64   `json:"pixels"`  // by coordinates
	Blind   float64   `json:"blind"`   // by coordinates on an empty picture: what guessing gives
	Context int       `json:"context"` // tokens of the longest prompt that was answered rightly
	Speed   float64   `json:"speed"`   // answered tokens per second of the model's time
	// Space is the convention of its coordinates, Error their median distance from the targets' middles in page pixels.
	Space vision.Space `json:"space,omitempty"`
	Error int          `json:"error,omitempty"`
	Seen  step.Size    `json:"seen,omitzero"`   // size at which its processor sees a frame; zero is unscaled
	Sight step.Sight   `json:"sight,omitempty"` // the best one; "" where none is good enough
	Sees  bool         `json:"sees"`
	OK    bool         `json:"ok"`
	Why   []string     `json:"why,omitempty"` // what it lacks
}

// What a model must reach in its best sight.
const (
	LeastRight = 0.8 // share of right answers
	LeastValid = 0.9 // share of valid answers
	leastSight = 0.3 // by how much a picture must beat an empty one
)

// Key names what a certificate holds for: another digest, another Ollama or another size of screen is another model.
func Key(digest, ollama string, size step.Size) string {
	return fmt.Sprintf("%s@%s@%dx%d", digest, ollama, size.W, size.H)
}

// Key is the certificate's own key.
func (c Certificate) Key() string { return Key(c.Digest, c.Ollama, c.Size) }

// choose sets the best sight, of equals the cheaper; "" where none is good enough. It returns the share of right answers there.
func (c *Certificate) choose() float64 {
	c.Sees = c.Pixels >= c.Blind+leastSight
	best := 0.0
	for _, s := range []struct {
		sight step.Sight
		right float64
		able  bool
	}{{step.SightText, c.Text, true}, {step.SightMarks, c.Marks, true}, {step.SightPixels, c.Pixels, c.Sees}} {
		if s.able && s.right > best {
			best, c.Sight = s.right, s.sight
		}
	}
	if best < LeastRight {
		c.Sight = ""
	}
	if !c.Sees {
		c.Space, c.Error = "", 0
	}
	return best
}

// judge draws the conclusions.
func (c *Certificate) judge() {
	if best := c.choose(); c.Sight == "" {
		c.Why = append(c.Why, fmt.Sprintf("it names the right thing in %.0f %% of the cases at best, asked are %.0f %%", 100*best, 100*LeastRight))
	} else if c.Context == 0 {
		c.Why = append(c.Why, "it does not find the right thing behind a long past")
	}
	if c.Valid < LeastValid {
		c.Why = append(c.Why, fmt.Sprintf("%.0f %% of its answers are valid, asked are %.0f %%", 100*c.Valid, 100*LeastValid))
	}
	c.OK = len(c.Why) == 0
}

// String is one line for a person.
func (c Certificate) String() string {
	verdict := "certified, sight " + string(c.Sight)
	if !c.OK {
		verdict = "NOT certified: " + strings.Join(c.Why, "; ")
	}
	return fmt.Sprintf("%s: %s (text %.0f %%, marks %.0f %%, pixels %.0f %%, blind %.0f %%, valid %.0f %%, context %d tokens, %.1f tokens/s)",
		c.Model, verdict, 100*c.Text, 100*c.Marks, 100*c.Pixels, 100*c.Blind, 100*c.Valid, c.Context, c.Speed)
}
