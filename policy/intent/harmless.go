package intent

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"chiron/step"
)

// unexplained reports whether an act presses a control of which nobody knows what it does: a button, a menu item or a link
// that stays in its document, with no word on it that stands for something harmless. A submission by GET is not among them.
func unexplained(a step.Action, f step.Facts, i Intent) bool {
	if f.Element == nil || !presses(a, f) || f.Submits && f.Form != nil && f.Form.Method == "GET" {
		return false
	}
	e := *f.Element
	switch {
	case e.Type == "reset" || e.Tag == "summary" || e.Disabled:
		return false
	case e.Href != "" && !scripted(e.Href):
		return i == Navigate && within(e.Href, f.URL) && !harmless(words(&e))
	case e.Role == step.RoleButton || e.Role == step.RoleMenu || e.Role == step.RoleLink:
		return i == None && !harmless(words(&e))
	}
	return false
}

// within reports whether a link leads to a place in the document it stands in.
func within(href, page string) bool {
	to, err := url.Parse(href)
	from, err2 := url.Parse(page)
	if err != nil || err2 != nil || !strings.Contains(href, "#") {
		return false
	}
	to.Fragment, from.Fragment, to.RawFragment, from.RawFragment = "", "", "", ""
	return to.String() == from.String()
}

// harmless reports whether a lower-case label says something that changes nothing outside the page, or only begins
// something. "Cancel" and "Close" do, "Cancel order" and "Close ticket" do not.
func harmless(label string) bool {
	parts := strings.FieldsFunc(label, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if !strings.ContainsFunc(label, unicode.IsLetter) { // numbers of pages, arrows
		return label != "" && !strings.ContainsFunc(label, func(r rune) bool {
			return !unicode.IsDigit(r) && !strings.ContainsRune(" ‹›«»<>…⋮☰▼▲←→", r)
		})
	}
	said := " " + strings.Join(parts, " ") + " "
	if begins(said, opening()) || ends(said, closing()) {
		return true
	}
	for w := range strings.SplitSeq(anywhere(), "|") {
		if strings.Contains(label, w) {
			return true
		}
	}
	parts = slices.DeleteFunc(parts, func(w string) bool {
		return slices.Contains([]string{"the", "this", "all", "to", "page", "menu", "dialog", "window", "panel", "sidebar", "navigation", "tab",
			"menü", "dialogfenster", "fenster", "seite", "le", "la", "el", "fenêtre", "ventana", "página"}, w)
	})
	rest := strings.Join(parts, " ")
	return !strings.ContainsFunc(rest, func(r rune) bool { return r < '0' || r > '9' }) || amid(rest, alone())
}

// begins and ends report whether a text of words with spaces around them does so with one of a list.
func begins(said, list string) bool {
	for w := range strings.SplitSeq(list, "|") {
		if strings.HasPrefix(said[1:], w) && said[1+len(w)] == ' ' {
			return true
		}
	}
	return false
}

func ends(said, list string) bool {
	said = said[:len(said)-1]
	for w := range strings.SplitSeq(list, "|") {
		if strings.HasSuffix(said, w) && said[len(said)-len(w)-1] == ' ' {
			return true
		}
	}
	return false
}

// amid reports whether a list holds a word.
func amid(word, list string) bool {
	for w := range strings.SplitSeq(list, "|") {
		if w == word {
			return true
		}
	}
	return false
}

// alone returns labels that are harmless by themselves, and commands with something after them.
func alone() string {
	return "open|close|cancel|dismiss|back|go back|not now|no thanks|tab|öffnen|schließen|abbrechen|zurück|weiter|ouvrir|fermer|" +
		"annuler|retour|abrir|cerrar|cancelar|volver|atrás|開く|閉じる|キャンセル|戻る"
}

// opening returns words that are harmless whatever follows them.
func opening() string {
	return "show|hide|view|see|more|less|load more|read more|learn more|next|previous|prev|first page|last page|expand|collapse|" +
		"search|filter|sort|find|menu|edit|new|details|preview|zoom|scroll|sign in|log in|login|language|theme|dark mode|" +
		"light mode|help|download|export|print|zeigen|zeige|mehr|weniger|nächste|vorherige|weitere|neu|neue|neuer|neues|menü|" +
		"sprache|hilfe|sortieren|filtern|suchen|anmelden|vorschau|drucken|afficher|masquer|voir|plus|moins|suivant|suivante|" +
		"précédent|précédente|rechercher|chercher|filtrer|trier|nouveau|nouvelle|modifier|détails|aide|langue|thème|se connecter|" +
		"connexion|télécharger|exporter|imprimer|mostrar|ocultar|ver|más|menos|siguiente|anterior|buscar|filtrar|ordenar por|" +
		"nuevo|nueva|editar|detalles|ayuda|idioma|tema|menú|iniciar sesión|descargar|exportar|imprimir"
}

// closing returns words that are harmless at the end, where German puts its verbs.
func closing() string {
	return "anzeigen|ansehen|einblenden|ausblenden|aufklappen|zuklappen|bearbeiten|durchsuchen|herunterladen|exportieren|menu|menü|" +
		"menú"
}

// anywhere returns harmless words of scripts without spaces.
func anywhere() string {
	return "検索|絞り込|並べ替え|次へ|次の|前へ|前の|もっと|続きを読む|詳細|表示|メニュー|編集|新規|言語|テーマ|ヘルプ|印刷|ログイン|ダウンロード"
}
