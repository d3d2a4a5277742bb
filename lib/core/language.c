/**
 * core/language.c - languages as file names call them.
 */
#include "core/language.h"

#include <string.h>

/* Tags of several parts stand for a region or a script that has its own subtitles; their
 * words are joined with '-'. */
static const tsi_language table[] = {
    {"af", "Afrikaans", " af afr ", " afrikaans "},
    {"ar", "Arabic", " ar ara ", " arabic العربية "},
    {"az", "Azerbaijani", " az aze ", " azerbaijani "},
    {"be", "Belarusian", " be bel ", " belarusian "},
    {"bg", "Bulgarian", " bg bul ", " bulgarian български Български "},
    {"bn", "Bengali", " bn ben ", " bengali bangla "},
    {"bs", "Bosnian", " bs bos ", " bosnian bosanski "},
    {"ca", "Catalan", " ca cat ", " catalan català "},
    {"cs", "Czech", " cs cz cze ces ", " czech čeština Čeština česky "},
    {"cy", "Welsh", " cy wel cym ", " welsh cymraeg "},
    {"da", "Danish", " da dk dan ", " danish dansk "},
    {"de", "German", " de ger deu ", " german deutsch "},
    {"el", "Greek", " el gr gre ell ", " greek ελληνικά Ελληνικά "},
    {"en", "English", " en eng ", " english "},
    {"en-GB", "English (UK)", " en-gb ", " "},
    {"en-US", "English (US)", " en-us ", " "},
    {"es", "Spanish", " es spa esp ", " spanish español espanol castellano "},
    {"es-419", "Spanish (Latin America)", " es-419 es-la es-mx lat ", " latino latinoamericano "},
    {"es-ES", "Spanish (Spain)", " es-es ", " "},
    {"et", "Estonian", " et est ", " estonian eesti "},
    {"eu", "Basque", " eu baq eus ", " basque euskara "},
    {"fa", "Persian", " fa per fas ", " persian farsi فارسی "},
    {"fi", "Finnish", " fi fin ", " finnish suomi "},
    {"fil", "Filipino", " fil tl tgl ", " filipino tagalog "},
    {"fr", "French", " fr fre fra ", " french français francais "},
    {"fr-CA", "French (Canada)", " fr-ca ", " "},
    {"ga", "Irish", " ga gle ", " irish gaeilge "},
    {"gl", "Galician", " gl glg ", " galician galego "},
    {"gu", "Gujarati", " gu guj ", " gujarati "},
    {"he", "Hebrew", " he iw heb ", " hebrew עברית "},
    {"hi", "Hindi", " hi hin ", " hindi हिन्दी "},
    {"hr", "Croatian", " hr hrv scr ", " croatian hrvatski "},
    {"hu", "Hungarian", " hu hun ", " hungarian magyar "},
    {"hy", "Armenian", " hy arm hye ", " armenian "},
    {"id", "Indonesian", " id ind ", " indonesian indonesia "},
    {"is", "Icelandic", " is ice isl ", " icelandic íslenska Íslenska "},
    {"it", "Italian", " it ita ", " italian italiano "},
    {"ja", "Japanese", " ja jp jpn ", " japanese 日本語 "},
    {"ka", "Georgian", " ka geo kat ", " georgian "},
    {"kk", "Kazakh", " kk kaz ", " kazakh "},
    {"km", "Khmer", " km khm ", " khmer "},
    {"kn", "Kannada", " kn kan ", " kannada "},
    {"ko", "Korean", " ko kr kor ", " korean 한국어 "},
    {"lt", "Lithuanian", " lt lit ", " lithuanian lietuvių "},
    {"lv", "Latvian", " lv lav ", " latvian latviešu "},
    {"mk", "Macedonian", " mk mac mkd ", " macedonian македонски Македонски "},
    {"ml", "Malayalam", " ml mal ", " malayalam "},
    {"mr", "Marathi", " mr mar ", " marathi "},
    {"ms", "Malay", " ms may msa ", " malay melayu "},
    {"nb", "Norwegian Bokmål", " nb nob ", " bokmål bokmal "},
    {"nl", "Dutch", " nl dut nld ", " dutch nederlands "},
    {"nn", "Norwegian Nynorsk", " nn nno ", " nynorsk "},
    {"no", "Norwegian", " no nor ", " norwegian norsk "},
    {"pa", "Punjabi", " pa pan ", " punjabi "},
    {"pl", "Polish", " pl pol ", " polish polski "},
    {"pt", "Portuguese", " pt por ", " portuguese português portugues "},
    {"pt-BR", "Portuguese (Brazil)", " pt-br pob pb ptbr br ", " brazilian brasil "},
    {"pt-PT", "Portuguese (Portugal)", " pt-pt ", " "},
    {"ro", "Romanian", " ro rum ron ", " romanian română romana "},
    {"ru", "Russian", " ru rus ", " russian русский Русский "},
    {"sk", "Slovak", " sk slo slk ", " slovak slovenčina "},
    {"sl", "Slovenian", " sl si slv ", " slovenian slovene slovenščina "},
    {"sq", "Albanian", " sq alb sqi ", " albanian shqip "},
    {"sr", "Serbian", " sr srp scc ", " serbian srpski српски Српски "},
    {"sv", "Swedish", " sv se swe ", " swedish svenska "},
    {"ta", "Tamil", " ta tam ", " tamil தமிழ் "},
    {"te", "Telugu", " te tel ", " telugu తెలుగు "},
    {"th", "Thai", " th tha ", " thai ไทย "},
    {"tr", "Turkish", " tr tur ", " turkish türkçe turkce "},
    {"uk", "Ukrainian", " uk ua ukr ", " ukrainian українська Українська "},
    {"ur", "Urdu", " ur urd ", " urdu "},
    {"uz", "Uzbek", " uz uzb ", " uzbek "},
    {"vi", "Vietnamese", " vi vn vie ", " vietnamese tiếng-việt "},
    {"zh", "Chinese", " zh chi zho ", " chinese mandarin 中文 "},
    {"zh-Hans", "Chinese (Simplified)", " zh-hans zh-cn zh-sg chs sc gb ",
     " simplified 简体 简中 "},
    {"zh-Hant", "Chinese (Traditional)", " zh-hant zh-tw zh-hk cht tc big5 ",
     " traditional cantonese 繁體 繁体 繁中 "},
};

static bool has_word(const char *list, const char *word, size_t size)
{
	while (*list) {
		list += *list == ' ';
		size_t length = strcspn(list, " ");
		if (length == size && memcmp(list, word, size) == 0)
			return true;
		list += length;
	}
	return false;
}

const tsi_language *tsi_language_find(const char *word, size_t size, bool takes_code)
{
	for (size_t i = 0; size > 0 && i < sizeof(table) / sizeof(table[0]); i++) {
		if (has_word(table[i].names, word, size) ||
		    (takes_code && has_word(table[i].codes, word, size)))
			return &table[i];
	}
	return NULL;
}
