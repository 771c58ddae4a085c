package intent_test

import (
	"testing"

	"chiron/policy/intent"
	"chiron/step"
)

func TestTheWordsOfFiveLanguages(t *testing.T) {
	for want, names := range map[intent.Intent][]string{
		intent.Payment: {"Pay now", "Place order", "Send money", "Zahlungspflichtig bestellen", "Jetzt überweisen", "Payer 12,50 €",
			"Passer la commande", "Acheter", "Pagar ahora", "Finalizar compra", "Realizar pedido", "今すぐ支払う", "注文を確定"},
		intent.Delete: {"Delete account", "Empty trash", "Wipe device", "Konto löschen", "Papierkorb leeren", "Abo kündigen", "Supprimer le compte",
			"Résilier", "Effacer tout", "Eliminar cuenta", "Borrar", "Dar de baja", "アカウントを削除", "解約する"},
		intent.Grant:   {"Allow access", "Make admin", "Zugriff erlauben", "Freigeben", "Autoriser l’accès", "Accorder", "Autorizar", "Conceder permiso", "許可する"},
		intent.Publish: {"Publish", "Post", "Go live", "Veröffentlichen", "Publier l’article", "Mettre en ligne", "Publicar", "公開する", "投稿"},
		intent.Send: {"Send", "Invite people", "Forward", "Nachricht senden", "Einladen", "Envoyer", "Partager", "Répondre à tous", "Enviar mensaje",
			"Compartir", "メールを送る", "返信"},
		intent.Submit: {"Save changes", "Sign up", "Speichern", "Enregistrer", "Valider", "Créer un compte", "S’inscrire", "Guardar", "Registrarse",
			"Añadir", "保存", "登録"},
		intent.Login:    {"Sign in", "Anmelden", "Se connecter", "Connexion", "Iniciar sesión", "Acceder", "ログイン"},
		intent.Download: {"Download", "Herunterladen", "Télécharger", "Descargar", "ダウンロード"},
		intent.Search:   {"Search", "Suchen", "Rechercher", "Buscar", "検索"},
	} {
		for _, name := range names {
			if got, _ := intent.Of(step.Click{}, at(button(name), nil)); got != want {
				t.Errorf("%q: got %s, want %s", name, got, want)
			}
		}
	}
}

func TestLookAlikesMeanNothing(t *testing.T) {
	for _, name := range []string{"Next", "Payment methods", "Deleted items", "Sender", "Postal address", "Post code", "Blog post", "Paying customers",
		"Buyer protection", "Allowance", "Shareholders", "Share price", "Publisher", "Pay slips", "Check out date", "Removable media",
		"Undelete", "Grantham", "Email address", "Forward slash", "Trust center", "Apply filters", "Book reviews", "Details", "Menu",
		"Zahlungsarten", "Löschwasser", "Sendungsverfolgung", "Teilnehmer", "Kaufhaus", "Freigabestatus", "Erlaubnis",
		"Payeur", "Acheteurs", "Suppression", "Envoi", "Partage", "Publicité", "Autorisation",
		"Pagaré", "Comprador", "Envío", "Compartimento", "Publicidad", "Permiso", "次へ", "戻る", "詳細"} {
		if got, _ := intent.Of(step.Click{}, at(button(name), nil)); got != intent.None {
			t.Errorf("%q: got %s", name, got)
		}
	}
}

func TestLookAlikesOfText(t *testing.T) {
	for _, text := range []string{"978-3-16-148410-0", "9780306406157", "+1 212 555 0100 2000", "2026-11-23 12:00:00", "INV-2026-000123",
		"DE123456789", "192.168.100.100", "3.14159265358979323", "-----BEGIN PUBLIC KEY-----", "sk-lake", "name at example dot com", "a@b",
		"ghp_short", "AKIA is an airport", "1Z999AA10123456784", "GB82 WEST 1234", "42.50", "Meeting at 10:30, room B"} {
		if got := intent.TextClassesOf(text); len(got) != 0 {
			t.Errorf("%q: got %v", text, got)
		}
	}
	for text, want := range map[string]intent.TextClass{
		"5555 5555 5555 4444": intent.Card, "378282246310005": intent.Card, "6011-1111-1111-1117": intent.Card, "2223003122003222": intent.Card,
		"FR14 2004 1010 0505 0001 3M02 606": intent.IBAN, "ES91 2100 0418 4502 0005 1332": intent.IBAN, "nl91abna0417164300": intent.IBAN,
		"-----BEGIN PGP PRIVATE KEY BLOCK-----": intent.Credential, "hf_abcdefghijklmnopqrstuvwxyz012345": intent.Credential,
		"jürgen.müller+x@firma.example": intent.Email,
	} {
		got := intent.TextClassesOf(text)
		if len(got) == 0 || got[0] != want {
			t.Errorf("%q: got %v, want %s", text, got, want)
		}
	}
}
