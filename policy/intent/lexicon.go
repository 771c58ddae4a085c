package intent

import (
	"strings"
	"unicode"
)

// lexicon returns the words of an intent in English, German and Japanese. Words of scripts with spaces count as whole
// words or phrases, others anywhere.
func lexicon(i Intent) []string {
	switch i {
	case Payment:
		return []string{"pay", "pay now", "purchase", "buy", "checkout", "check out", "place order", "order now", "donate",
			"transfer money", "bezahlen", "zahlen", "kaufen", "zahlungspflichtig", "bestellen", "überweisen", "spenden",
			"支払", "購入", "注文", "決済", "振込", "振り込"}
	case Delete:
		return []string{"delete", "remove", "erase", "destroy", "discard", "deactivate", "close account", "cancel subscription",
			"löschen", "entfernen", "verwerfen", "kündigen", "deaktivieren", "削除", "消去", "退会", "解約", "破棄"}
	case Grant:
		return []string{"authorize", "authorise", "allow", "grant", "give access", "autorisieren", "erlauben", "zulassen",
			"gewähren", "freigeben", "許可", "認可"}
	case Publish:
		return []string{"publish", "post", "tweet", "go live", "veröffentlichen", "posten", "公開", "投稿"}
	case Send:
		return []string{"send", "share", "forward", "reply", "senden", "verschicken", "teilen", "weiterleiten", "antworten",
			"送る", "共有", "転送", "返信"}
	case Submit:
		return []string{"submit", "save", "confirm", "apply", "create", "add", "update", "register", "sign up", "book", "reserve",
			"approve", "accept", "change password", "reset password", "upload", "absenden", "abschicken", "speichern",
			"bestätigen", "erstellen", "anlegen", "hinzufügen", "aktualisieren", "registrieren", "buchen", "reservieren",
			"genehmigen", "übernehmen", "passwort ändern", "hochladen", "送信", "保存", "確定", "登録", "作成", "追加", "更新",
			"予約", "確認", "承認", "変更"}
	case Login:
		return []string{"log in", "login", "log on", "sign in", "anmelden", "einloggen", "ログイン", "サインイン"}
	case Download:
		return []string{"download", "export", "herunterladen", "exportieren", "ダウンロード"}
	case Search:
		return []string{"search", "find", "filter", "suchen", "suche", "finden", "filtern", "検索"}
	}
	return nil
}

// spoken returns the first of the intents whose words stand in a lower-case text.
func spoken(text string, among ...Intent) Intent {
	for _, i := range among {
		if matches(text, lexicon(i)) {
			return i
		}
	}
	return None
}

func matches(text string, list []string) bool {
	if text == "" {
		return false
	}
	spaced := " " + strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ") + " "
	for _, w := range list {
		if w[0] < 0xe0 { // Latin script: at most two bytes in UTF-8
			if strings.Contains(spaced, " "+w+" ") {
				return true
			}
		} else if strings.Contains(text, w) {
			return true
		}
	}
	return false
}
