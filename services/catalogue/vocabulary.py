"""Words for codes that the catalogue's file uses."""

from core.i18n import Text

ALLERGENS: dict[str, Text] = {
    "wheat": {"ko": "밀", "en": "Wheat"},
    "tree-nut": {"ko": "견과류", "en": "Tree nuts"},
    "honey": {"ko": "꿀", "en": "Honey"},
    "soy": {"ko": "대두", "en": "Soy"},
    "milk": {"ko": "우유", "en": "Milk"},
    "egg": {"ko": "알류", "en": "Egg"},
    "peanut": {"ko": "땅콩", "en": "Peanut"},
    "sulphite": {"ko": "아황산류", "en": "Sulphites"},
    "barley": {"ko": "보리", "en": "Barley"},
    "buckwheat": {"ko": "메밀", "en": "Buckwheat"},
    "peach": {"ko": "복숭아", "en": "Peach"},
    "crustacean": {"ko": "갑각류", "en": "Crustaceans"},
    "fish": {"ko": "생선", "en": "Fish"},
    "sesame": {"ko": "참깨", "en": "Sesame"},
}

SHAKES: dict[str, Text] = {
    "yes": {"ko": "잘 흔들어 드세요", "en": "Shake well"},
    "gently": {"ko": "살살 기울여 섞으세요", "en": "Tilt gently to mix"},
    "no": {"ko": "흔들지 마세요", "en": "Do not shake"},
}

# What stands for the customer and the drink where a template is shown and nobody has chosen yet.
STAND_INS: dict[str, dict[str, str]] = {
    "ko": {
        "{user_name}님": "손님",
        "{user_name}": "손님",
        "{user_face}": "손님",
        "{product}을(를)": "술을",
        "{product}이(가)": "술이",
        "{product}": "술",
    },
    "en": {"{user_name}": "the guest", "{user_face}": "the guest", "{product}": "NERD"},
}
