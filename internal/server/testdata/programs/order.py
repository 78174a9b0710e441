# Orders a variation as the program of the seed does.
import json
import os

import requests

login = requests.post('https://cloud.datakitchen.io/v2/login',
                      data={'username': os.environ['username'], 'password': os.environ['password']})
headers = {'Content-Type': 'application/json', 'Authorization': 'Bearer ' + login.text}
url = 'https://cloud.datakitchen.io/v2/order/create/%s/%s/%s' % ("your_kitchen", "your_recipe", "your_variation")
order = requests.put(url, headers=headers, data=json.dumps({'parameters': {"variable1": override1, "value2": override2}}))
print(order.json())
