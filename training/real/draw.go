// Package real shows the pages of training in a real Chromium and reads them as the product does, from the layout and from
// pixels: what stands where, what is joined, what is misread is then as it is and not as somebody thought.
package real

import (
	"fmt"
	"html"
	"math/rand/v2"
	"slices"
	"strings"

	"chiron/step"
	"chiron/training/world"
)

// style is how an application looks. All pages of one look alike.
type style struct {
	font, size, ink, paper, accent, nav, navInk string
	gap                                         int
	labels                                      int // 0: the name of a field stands above it; 2: that of a search inside
	round                                       int
	lines                                       bool // buttons have borders and no colour
	stripes                                     bool
	pairs                                       bool // lines of words stand in two columns
}

func styleOf(seed uint64) style {
	r := rand.New(rand.NewPCG(seed, 77))
	of := func(list ...string) string { return list[r.IntN(len(list))] }
	s := style{font: of("sans-serif", "Arial, sans-serif", "Verdana, sans-serif", "serif", "Georgia, serif", "system-ui"),
		size: of("13px", "14px", "14px", "15px", "16px"), ink: of("#111", "#222", "#1b2a3a", "#333"), paper: of("#fff", "#fff", "#f6f7f9", "#fbfaf6"),
		accent: of("#0b5fff", "#116644", "#8a1f5c", "#b34700", "#333399", "#00707a"), nav: of("#fff", "#f0f2f5", "#1d2733", "#0b3d5c", "#e9e4da"),
		gap: 4 + r.IntN(8), labels: r.IntN(3), round: r.IntN(10), lines: r.IntN(3) == 0, stripes: r.IntN(2) == 0, pairs: r.IntN(2) == 0}
	if s.navInk = "#222"; s.nav == "#1d2733" || s.nav == "#0b3d5c" {
		s.navInk = "#f4f4f4"
	}
	return s
}

const sheet = `*{box-sizing:border-box}body{margin:0;font:%[2]s %[1]s;color:%[3]s;background:%[4]s}a{color:%[5]s}
nav{background:%[6]s;color:%[7]s;padding:8px 16px;display:flex;flex-wrap:wrap;gap:6px 18px;align-items:center}nav a{color:%[7]s;text-decoration:none}
.side{display:flex}.side nav{flex:none;width:220px;flex-direction:column;align-items:flex-start;flex-wrap:nowrap;min-height:880px}
main{padding:10px 24px;flex:1;display:flex;flex-direction:column;gap:%[8]dpx}footer{padding:8px 24px;display:flex;gap:18px;opacity:.8}
h2{margin:4px 0;font-size:1.5em}p{margin:0}.row{display:flex;flex-wrap:wrap;gap:8px 12px;align-items:center}.pairs{display:grid;grid-template-columns:180px 1fr;gap:4px 16px}
label{display:inline-flex;gap:6px;align-items:center}.up label{flex-direction:column;align-items:flex-start;gap:2px}
input,select,textarea{font:inherit;padding:4px 7px;border:1px solid #889;border-radius:%[9]dpx;background:#fff;color:#111}input[type=text],input[type=password],input:not([type]){width:240px}
button{font:inherit;padding:4px 12px;border-radius:%[9]dpx;border:1px solid %[5]s;%[10]s}nav button{background:none;border:none;color:%[7]s}
table{border-collapse:collapse;align-self:flex-start}th,td{text-align:left;padding:3px 10px;border-bottom:1px solid #ccd}th{font-weight:600}.who{display:flex;align-items:center}.face{display:inline-flex;width:24px;height:24px;border-radius:12px;background:#ccd;font-size:10px;align-items:center;justify-content:center;margin-right:6px;color:#333}
.say{padding:8px 12px;border-left:4px solid %[5]s;background:#eef3ee;color:#222}.toast{position:fixed;right:20px;bottom:20px;display:flex;gap:10px;background:#222;color:#fff;padding:10px 14px}.toast button{color:#fff;background:none;border:none}
[aria-selected=true]{font-weight:700;text-decoration:underline}[aria-invalid=true]{border-color:#b00020}`

func (s style) css() string {
	button := "background:" + s.accent + ";color:#fff"
	if s.lines {
		button = "background:#fff;color:" + s.accent
	}
	css := fmt.Sprintf(sheet, s.font, s.size, s.ink, s.paper, s.accent, s.nav, s.navInk, s.gap, s.round, button)
	if s.stripes {
		css += "tr:nth-child(even) td{background:rgba(0,0,0,.04)}"
	}
	return css
}

// Draw is the page that an application shows, as HTML. Things have no ids: a reader finds them by what they say.
func Draw(a *world.App, screen step.Screen) string {
	d := &drawing{app: a, style: styleOf(a.Seed), rand: rand.New(rand.NewPCG(a.Seed, 99))}
	nav, body, foot := d.split()
	var b strings.Builder
	class := ""
	if a.Side && len(nav) > 0 {
		class = ` class=side`
	}
	fmt.Fprintf(&b, "<!doctype html><html lang=en><meta charset=utf-8><title>%s</title><style>%s</style><body><div%s>", html.EscapeString(screen.Title), d.style.css(), class)
	if len(nav) > 0 {
		b.WriteString("<nav>")
		for _, t := range nav {
			b.WriteString(d.one(t))
		}
		b.WriteString("</nav>")
	}
	b.WriteString("<main>" + d.blocks(body) + "</main></div>")
	if len(foot) > 0 {
		b.WriteString("<footer>")
		for _, t := range foot {
			b.WriteString(d.one(t))
		}
		b.WriteString("</footer>")
	}
	return b.String() + "</body></html>"
}

type drawing struct {
	app   *world.App
	style style
	rand  *rand.Rand
}

// split tells apart what stands in the head, on the page and at its foot.
func (d *drawing) split() (nav, body, foot []*world.Thing) {
	in := func(list []*world.Thing, t *world.Thing) bool {
		return slices.ContainsFunc(list, func(o *world.Thing) bool { return o == t || slices.Contains(o.Opens, t) })
	}
	for _, t := range d.app.Seen() {
		switch {
		case in(d.app.Header, t):
			nav = append(nav, t)
		case in(d.app.Footer, t):
			foot = append(foot, t)
		default:
			body = append(body, t)
		}
	}
	return nav, body, foot
}

// blocks draws the body: tables, rows of controls, columns of words.
func (d *drawing) blocks(list []*world.Thing) string {
	var b strings.Builder
	for len(list) > 0 {
		if n, table := d.table(list); n > 0 {
			b.WriteString(table)
			list = list[n:]
			continue
		}
		n := 1
		for n < len(list) && kin(list[0]) != "" && kin(list[n]) == kin(list[0]) && !startsRow(list[n:]) && !d.heading(list[n:]) {
			n++
		}
		switch {
		case kin(list[0]) == "words" && n >= 4 && n%2 == 0 && d.style.pairs:
			b.WriteString("<div class=pairs>" + d.all(list[:n]) + "</div>")
		case kin(list[0]) == "controls" && d.style.labels == 0:
			b.WriteString(`<div class="row up">` + d.all(list[:n]) + "</div>")
		case kin(list[0]) == "controls" || kin(list[0]) == "clicks":
			b.WriteString("<div class=row>" + d.all(list[:n]) + "</div>")
		case kin(list[0]) == "tabs":
			b.WriteString("<div class=row role=tablist>" + d.all(list[:n]) + "</div>")
		default:
			b.WriteString(d.all(list[:n]))
		}
		list = list[n:]
	}
	return b.String()
}

func (d *drawing) all(list []*world.Thing) string {
	var b strings.Builder
	for _, t := range list {
		b.WriteString(d.one(t))
	}
	return b.String()
}

// kin is what may stand beside each other.
func kin(t *world.Thing) string {
	switch t.Role {
	case step.RoleText:
		return "words"
	case step.RoleInput, step.RoleSelect, step.RoleFile:
		return "controls"
	case step.RoleButton, step.RoleLink:
		return "clicks"
	case step.RoleTab:
		return "tabs"
	}
	return ""
}

// startsRow reports whether a row of a table begins here: its head, then cells.
func startsRow(list []*world.Thing) bool {
	return len(list) > 1 && list[0].Role != step.RoleCell && list[1].Role == step.RoleCell
}

// table draws the table that begins here, and returns how many things it took.
func (d *drawing) table(list []*world.Thing) (n int, out string) {
	heads, rows := d.heads(list)
	var b strings.Builder
	n = heads
	columns := ""
	for startsRow(list[n:]) {
		end := n + 1
		for end < len(list) && list[end].Role == step.RoleCell {
			end++
		}
		if these := strings.Join(names(list[n+1:end]), "\n"); columns == "" {
			columns = these
			b.WriteString(d.header(list[:heads], list[n+1:end]))
		} else if these != columns {
			break
		}
		b.WriteString("<tr><td>" + d.one(list[n]) + "</td>" + d.cells(list[n+1:end]))
		if n = end; n < len(list) && list[n].Role == step.RoleButton && rows {
			b.WriteString("<td>" + d.one(list[n]) + "</td>")
			n++
		}
		b.WriteString("</tr>")
	}
	if columns == "" {
		return 0, ""
	}
	return n, "<table>" + b.String() + "</table>"
}

// heading reports whether the names of a table's columns begin here.
func (d *drawing) heading(list []*world.Thing) bool {
	n, _ := d.heads(list)
	return n > 0
}

// heads counts the things before the first row that are the names of its columns, and reports whether each row ends in a button.
func (d *drawing) heads(list []*world.Thing) (n int, buttons bool) {
	first := slices.IndexFunc(list, func(t *world.Thing) bool { return t.Role == step.RoleCell })
	if first < 1 {
		return 0, false
	}
	columns := names(list[first:])
	if n = first - 1; n != 0 {
		if n != len(columns)+1 || !slices.Equal(columns, plain(list[1:n])) {
			return 0, false
		}
	}
	end := first + slices.IndexFunc(append(slices.Clone(list[first:]), &world.Thing{}), func(t *world.Thing) bool { return t.Role != step.RoleCell })
	return n, end < len(list) && list[end].Role == step.RoleButton && !(end+1 < len(list) && list[end+1].Role == step.RoleCell)
}

// names are the columns of the cells that a list begins with, each once.
func names(list []*world.Thing) []string {
	var out []string
	for _, t := range list {
		if t.Role != step.RoleCell {
			break
		}
		if len(out) == 0 || out[len(out)-1] != t.Name {
			out = append(out, t.Name)
		}
	}
	return out
}

func plain(list []*world.Thing) []string {
	var out []string
	for _, t := range list {
		out = append(out, t.Name)
	}
	return out
}

// header is the row of the columns' names: the things that are them, or words.
func (d *drawing) header(heads, cells []*world.Thing) string {
	var b strings.Builder
	b.WriteString("<tr>")
	if len(heads) > 0 {
		for _, t := range heads {
			b.WriteString("<th>" + d.inner(t) + "</th>")
		}
		return b.String() + "</tr>"
	}
	b.WriteString("<th></th>")
	for _, name := range names(cells) {
		b.WriteString("<th>" + html.EscapeString(name) + "</th>")
	}
	return b.String() + "</tr>"
}

// cells are those of a row. Two of one column are a picture's letters and a name.
func (d *drawing) cells(list []*world.Thing) string {
	var b strings.Builder
	for i := 0; i < len(list); i++ {
		if i+1 < len(list) && list[i].Name == list[i+1].Name {
			fmt.Fprintf(&b, "<td><div class=who><div class=face>%s</div><div>%s</div></div></td>", html.EscapeString(list[i].Value), html.EscapeString(list[i+1].Value))
			i++
			continue
		}
		fmt.Fprintf(&b, "<td>%s</td>", html.EscapeString(list[i].Value))
	}
	return b.String()
}

func (d *drawing) inner(t *world.Thing) string {
	if t.Role == step.RoleLink {
		return d.one(t)
	}
	return html.EscapeString(t.Name)
}
